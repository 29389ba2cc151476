"""Plugins that are not installed, made to be found as if they were."""

import atexit
import os
import shutil
import sys
import tempfile
import tomllib
from importlib.metadata import distributions
from pathlib import Path

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


def put_on_path(project: Path) -> None:
    """Have this process, and those it starts, find a plugin by the entry points in its `pyproject.toml`.

    To be called before the host is asked for its plugins. Twice is once, and one that is installed stays so.
    """
    about = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    if any(distributions(name=about["name"])):
        return
    beside = Path(tempfile.mkdtemp(prefix="guanxi-plugin-"))
    atexit.register(shutil.rmtree, beside, ignore_errors=True)
    info = beside / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA.format(**about))
    groups = about["entry-points"].items()
    lines = [line for group, points in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines))
    sys.path[:0] = found = [str(beside), str(project)]
    os.environ["PYTHONPATH"] = os.pathsep.join([*found, *filter(None, [os.environ.get("PYTHONPATH")])])

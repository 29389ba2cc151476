"""Writing a new plugin from the starter, which is a plugin whose name is still open."""

from pathlib import Path

STARTER = Path(__file__).with_name("starter")
OPEN = "starter_name"
TITLE = "StarterTitle"
ENDING = ".txt"
"""The files of the starter end so, that no tool takes them for code of ours."""


def write_plugin(name: str, place: Path) -> None:
    """Copy the starter under a name. `place` must not be there yet."""
    for source in sorted(path for path in STARTER.rglob("*") if path.is_file()):
        relative = str(source.relative_to(STARTER)).removesuffix(ENDING)
        target = place / _named(relative, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_named(source.read_text(), name))


def _named(text: str, name: str) -> str:
    return text.replace(OPEN, name).replace(TITLE, name.capitalize())

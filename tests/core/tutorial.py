"""Doing what the tutorial says: above each block stands the file that it is, or changes."""

import re
from pathlib import Path

from core.workbench.starting import write_plugin

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "plugin-tutorial.md"


def follow(folder: Path) -> None:
    """Make the module of the tutorial in a folder that is not there yet."""
    write_plugin("repairs", folder)
    blocks = re.findall(r"^`(\S+)`:\n```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for name, kind, text in blocks:
        path = folder / name
        path.write_text(_changed(path.read_text(), text, name) if kind == "diff" else text)


def _changed(text: str, diff: str, name: str) -> str:
    for hunk in diff.split("@@\n")[1:]:
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, f"{name} has {text.count(before)} times:\n{before}"
        text = text.replace(before, after)
    return text


def named_in_leads() -> list[tuple[str, list[str]]]:
    """The files of leads that each step leads to, with the names that it says stand there."""
    found = []
    for said in re.findall(r"^\*\*In leads\*\*: (.*?)\n(?:\n|\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        for link in re.split(r"(?=\[[^\]]+\]\()", said)[1:]:
            target = link.partition("](")[2].partition(")")[0]
            found.append((target, re.findall(r"`([A-Za-z_]+)`", link)))
    return found

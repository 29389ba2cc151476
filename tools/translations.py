"""Keeps the Chinese catalogues in step with what the code says.

Takes in new messages, drops those that are gone, and says what is left to translate. With --check it only says so.
Exits with 1 if anything is left.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = "zh_Hans_CN"
KEYWORDS = {"_": None, "_l": None, "_lp": ((1, "c"), 2), "_n": (1, 2)}
HEADER = rf"""msgid ""
msgstr ""
"Language: {LOCALE}\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""


def components() -> list[str]:
    """The folders that have a catalogue. What core says need not be said again: its words are read first."""
    return ["core", "tenants", *sorted(f"plugins/{p.parent.name}" for p in ROOT.glob("plugins/*/plugin.py"))]


def faults(component: str) -> list[str]:
    """What is not translated, what nobody says any more, and what is filled in that the message does not offer."""
    wanted, said = _wanted(component), _said(component)
    found = [f"not translated: {_shown(each)}" for each in wanted if each.id and not _is_translated(_twin(each, said))]
    found += [f"obsolete: {_shown(each)}" for each in said if each.id and _twin(each, wanted) is None]
    found += [f"placeholders differ: {_shown(each)}" for each in said if _fills(each.string) - _fills(each.id)]
    return found


def update(component: str) -> None:
    said, fresh = _said(component), Catalog(LOCALE)
    for each in _wanted(component):
        if each.id:
            old = _twin(each, said)
            fresh.add(each.id, old.string if old else None, context=each.context)
    path = _path(component)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, fresh, width=0, no_location=True, omit_header=True, sort_output=True)


def _wanted(component: str) -> Catalog:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalogue, already = Catalog(LOCALE), Catalog(LOCALE) if component == "core" else _said("core")
    for *_place, message, _comments, context in extract_from_dir(ROOT / component, methods, options, keywords=KEYWORDS):
        if message and already.get(message, context) is None:
            catalogue.add(message, context=context)
    return catalogue


def _said(component: str) -> Catalog:
    path = _path(component)
    if not path.exists():
        return Catalog(LOCALE)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE)


def _path(component: str) -> Path:
    return ROOT / component / "translations" / LOCALE / "LC_MESSAGES/messages.po"


def _twin(message: Message, catalogue: Catalog) -> Message | None:
    found: Message | None = catalogue.get(message.id, message.context)
    return found


def _is_translated(message: Message | None) -> bool:
    return message is not None and not message.fuzzy and all(_texts(message.string))


def _fills(text: object) -> set[str]:
    return {each for part in _texts(text) for each in re.findall(r"%\(\w+\)s|%\(|\{\w+\}", part)}


def _texts(text: object) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (str(text or ""),)


def _shown(message: Message) -> str:
    text = " / ".join(_texts(message.id))
    return f"{text} ({message.context})" if message.context else text


def _all_faults() -> Iterator[str]:
    for component in components():
        for fault in faults(component):
            yield f"{component}: {fault}"


def main() -> int:
    if "--check" not in sys.argv:
        for component in components():
            update(component)
    found = list(_all_faults())
    print("\n".join(found) or "Everything is said in Chinese too.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

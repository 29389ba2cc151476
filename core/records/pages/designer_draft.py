"""A form being laid out: the draft that the designer's page carries with it, and each step that changes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.records.fields import FieldType
from core.records.laying_out import CONDITIONS, MOST_SECTIONS, section_label

MOST_DRAFT = 400_000
PROPERTIES = ("label", "help", "required")
"""What is changed of the field itself, and so in every form."""


@dataclass
class Draft:
    """`sections` as layouts keep them, each with its fields; `changes` what shall become of the fields themselves."""

    fields: Mapping[str, FieldType]
    sections: list[dict[str, Any]] = field(default_factory=list)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    selected: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, FieldType], kept: Any, selected: str = "") -> "Draft":
        """What does not fit, be it that a field has gone meanwhile, is left out."""
        kept = kept if isinstance(kept, Mapping) else {}
        made, seen = cls(fields, selected=selected), set[str]()
        for section in _maps(kept.get("sections"))[:MOST_SECTIONS]:
            places = [_place(each) for each in _maps(section.get("fields")) if made.may_place(each.get("key"))]
            places = [each for each in places if not (each["key"] in seen or seen.add(each["key"]))]  # type: ignore[func-returns-value]
            columns = 1 if section.get("columns") == 1 else 2
            made.sections.append(
                {"label": section_label(section.get("label", "")), "columns": columns, "fields": places}
            )
        if not made.sections:
            made.sections.append({"label": "", "columns": 2, "fields": []})
        changes = kept.get("changes")
        for key, said in (changes if isinstance(changes, Mapping) else {}).items():
            if key in fields and isinstance(said, Mapping):
                made.changes[key] = {name: said[name] for name in PROPERTIES if name in said}
        return made

    @classmethod
    def read(cls, fields: Mapping[str, FieldType], text: str, selected: str) -> "Draft | None":
        """None for what is no draft at all."""
        try:
            return cls.of(fields, orjson.loads(text), selected) if len(text) <= MOST_DRAFT else None
        except orjson.JSONDecodeError:
            return None

    @property
    def text(self) -> str:
        return orjson.dumps({"sections": self.sections, "changes": self.changes}, option=orjson.OPT_SORT_KEYS).decode()

    def may_place(self, key: Any) -> bool:
        return isinstance(key, str) and key in self.fields and self.fields[key].editable

    def places(self) -> Iterator[dict[str, Any]]:
        for section in self.sections:
            yield from section["fields"]

    def unplaced(self) -> list[FieldType]:
        placed = {each["key"] for each in self.places()}
        return [of for key, of in self.fields.items() if of.editable and key not in placed]

    @property
    def place(self) -> dict[str, Any] | None:
        """Where the selected field stands."""
        return next((each for each in self.places() if f"field:{each['key']}" == self.selected), None)

    @property
    def section_number(self) -> int:
        """The section that is selected, or that the selected field stands in; else the last."""
        word, _colon, raw = self.selected.partition(":")
        if word == "section" and raw.isdecimal() and int(raw) < len(self.sections):
            return int(raw)
        at = (
            n for n, section in enumerate(self.sections) if self.place is not None and self.place in section["fields"]
        )
        return next(at, len(self.sections) - 1)

    # --- steps -----------------------------------------------------------------------------------------

    def step(self, step: str) -> None:
        """One thing that a button does: `select:field:name`, `place:name`, `up:name`, `section-drop:2`, …"""
        word, _colon, about = step.partition(":")
        number = int(about) if about.isdecimal() and int(about) < len(self.sections) else None
        if word == "select":
            self.selected = about
        elif word == "place" and self.may_place(about):
            self._put(about, self.section_number)
        elif word == "remove":
            self._take(about)
        elif word in ("up", "down"):
            self._move(about, -1 if word == "up" else 1)
        elif word == "widen":
            for each in self.places():
                each["wide"] ^= each["key"] == about
        elif word == "section-add" and len(self.sections) < MOST_SECTIONS:
            self.sections.insert(self.section_number + 1, {"label": "", "columns": 2, "fields": []})
            self.selected = f"section:{self.section_number + 1}"
        elif word in ("section-up", "section-down") and number is not None:
            to = max(0, number + (-1 if word == "section-up" else 1))
            self.sections.insert(to, self.sections.pop(number))
            self.selected = f"section:{min(to, len(self.sections) - 1)}"
        elif word == "section-drop" and number is not None and len(self.sections) > 1:
            gone = self.sections.pop(number)
            self.sections[max(0, number - 1)]["fields"] += gone["fields"]
            self.selected = ""

    def to_section(self, key: str, number: int) -> None:
        """Move a field to the end of another section."""
        if 0 <= number < len(self.sections) and (place := self._take(key)):
            self.sections[number]["fields"].append(place)
            self.selected = f"field:{key}"

    def order(self, given: Any) -> None:
        """The order that dragging left: the old number of each section, and the keys that now stand in it."""
        rows = [row for row in _maps(given) if row.get("section") in range(len(self.sections))]
        if sorted(row["section"] for row in rows) != list(range(len(self.sections))):
            return
        kept = {each["key"]: each for each in self.places()}
        self.sections = [self.sections[row["section"]] for row in rows]
        placed: set[str] = set()
        for section, row in zip(self.sections, rows, strict=True):
            keys: list[Any] = row["keys"] if isinstance(row.get("keys"), list) else []
            found = [key for key in keys if self.may_place(key) and not (key in placed or placed.add(key))]  # type: ignore[func-returns-value]
            section["fields"] = [kept.get(key) or _place({"key": key}) for key in found]

    def _put(self, key: str, number: int) -> None:
        place = self._take(key) or _place({"key": key, "wide": self.fields[key].wide})
        self.sections[number]["fields"].append(place)
        self.selected = f"field:{key}"

    def _take(self, key: str) -> dict[str, Any] | None:
        for section in self.sections:
            for at, each in enumerate(section["fields"]):
                if each["key"] == key:
                    self.selected = "" if self.selected == f"field:{key}" else self.selected
                    return section["fields"].pop(at)
        return None

    def _move(self, key: str, by: int) -> None:
        """One place earlier or later; from the end of a section into the next one."""
        for number, section in enumerate(self.sections):
            keys = [each["key"] for each in section["fields"]]
            if key not in keys:
                continue
            at = keys.index(key) + by
            if 0 <= at < len(keys):
                section["fields"].insert(at, section["fields"].pop(at - by))
            elif 0 <= number + by < len(self.sections):
                beside = self.sections[number + by]["fields"]
                beside.insert(len(beside) if by < 0 else 0, section["fields"].pop(at - by))
            self.selected = f"field:{key}"
            return


def _maps(given: Any) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []


def _place(given: Mapping[str, Any]) -> dict[str, Any]:
    made = {"key": given["key"], "wide": bool(given.get("wide"))}
    return made | {what: given[what] for what in CONDITIONS if isinstance(given.get(what), Mapping)}

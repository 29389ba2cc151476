"""A form being put together: the draft that the designer's page carries with it, and each step that changes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.sdk import FieldType
from plugins.leads.services.forms.checking import MOST_FIELDS, MOST_STEPS

MOST_DRAFT = 100_000
WORDS = ("label", "placeholder", "help")


@dataclass
class Draft:
    """`pages` as forms keep their steps; `selected` is `field:<key>`, `page:<number>` or nothing."""

    fit: Mapping[str, FieldType]
    pages: list[dict[str, Any]] = field(default_factory=list)
    selected: str = ""

    @classmethod
    def of(cls, fit: Mapping[str, FieldType], kept: Any, selected: str = "") -> "Draft":
        """What does not fit, be it that a field has gone meanwhile, is left out."""
        made, seen = cls(fit, selected=selected), set[str]()
        for page in _maps(kept)[:MOST_STEPS]:
            places = []
            for given in _maps(page.get("fields")):
                key = given.get("key")
                if isinstance(key, str) and key in fit and key not in seen and len(seen) < MOST_FIELDS:
                    seen.add(key)
                    places.append(_place(given))
            made.pages.append({"title": str(page.get("title") or "")[:200], "fields": places})
        made.pages = made.pages or [{"title": "", "fields": []}]
        return made

    @classmethod
    def read(cls, fit: Mapping[str, FieldType], text: str, selected: str) -> "Draft | None":
        """None for what is no draft at all."""
        try:
            kept = orjson.loads(text) if len(text) <= MOST_DRAFT else None
        except orjson.JSONDecodeError:
            kept = None
        return cls.of(fit, kept, selected) if isinstance(kept, list) else None

    @property
    def text(self) -> str:
        return orjson.dumps(self.pages, option=orjson.OPT_SORT_KEYS).decode()

    def places(self) -> Iterator[dict[str, Any]]:
        for page in self.pages:
            yield from page["fields"]

    def unplaced(self) -> list[FieldType]:
        placed = {each["key"] for each in self.places()}
        return [of for key, of in self.fit.items() if key not in placed]

    @property
    def place(self) -> dict[str, Any] | None:
        """Where the selected field stands."""
        return next((each for each in self.places() if f"field:{each['key']}" == self.selected), None)

    @property
    def page_number(self) -> int:
        """The page that is selected, or that the selected field stands on; else the last."""
        word, _colon, raw = self.selected.partition(":")
        if word == "page" and raw.isdecimal() and int(raw) < len(self.pages):
            return int(raw)
        place = self.place
        on = (n for n, page in enumerate(self.pages) if place is not None and place in page["fields"])
        return next(on, len(self.pages) - 1)

    def before(self, key: str) -> list[str]:
        """The fields that stand before this one."""
        keys = [each["key"] for each in self.places()]
        return keys[: keys.index(key)] if key in keys else keys

    # --- steps -----------------------------------------------------------------------------------------

    def step(self, step: str) -> None:
        """One thing that a button does: `select:field:name`, `place:name`, `up:name`, `section-drop:2`, …"""
        word, _colon, about = step.partition(":")
        number = int(about) if about.isdecimal() and int(about) < len(self.pages) else None
        if word == "select":
            self.selected = about
        elif word == "place" and about in self.fit and about not in {each["key"] for each in self.places()}:
            self.pages[self.page_number]["fields"].append({"key": about})
            self.selected = f"field:{about}"
        elif word == "remove":
            self._take(about)
        elif word in ("up", "down"):
            self._move(about, -1 if word == "up" else 1)
        elif word == "section-add" and len(self.pages) < MOST_STEPS:
            at = self.page_number + 1
            self.pages.insert(at, {"title": "", "fields": []})
            self.selected = f"page:{at}"
        elif word in ("section-up", "section-down") and number is not None:
            to = max(0, number + (-1 if word == "section-up" else 1))
            self.pages.insert(to, self.pages.pop(number))
            self.selected = f"page:{min(to, len(self.pages) - 1)}"
        elif word == "section-drop" and number is not None and len(self.pages) > 1:
            gone = self.pages.pop(number)
            self.pages[max(0, number - 1)]["fields"] += gone["fields"]
            self.selected = ""

    def to_page(self, key: str, number: int) -> None:
        """Move a field to the end of another page."""
        if 0 <= number < len(self.pages) and (place := self._take(key)):
            self.pages[number]["fields"].append(place)
            self.selected = f"field:{key}"

    def order(self, given: Any) -> None:
        """The order that dragging left: the old number of each page, and the keys that now stand on it."""
        rows = [row for row in _maps(given) if isinstance(row.get("section"), int)]
        if sorted(row["section"] for row in rows) != list(range(len(self.pages))):
            return
        kept = {each["key"]: each for each in self.places()}
        self.pages = [self.pages[row["section"]] for row in rows]
        placed: set[str] = set()
        for page, row in zip(self.pages, rows, strict=True):
            page["fields"] = []
            for key in row["keys"] if isinstance(row.get("keys"), list) else []:
                if isinstance(key, str) and key in self.fit and key not in placed:
                    placed.add(key)
                    page["fields"].append(kept.get(key) or {"key": key})

    def say(self, key: str, said: Mapping[str, Any]) -> None:
        """What is decided about a field: its words, whether it is required, when it is shown."""
        for place in self.places():
            if place["key"] == key:
                fresh = _place({"key": key, **said})
                place.clear()
                place.update(fresh)

    def _take(self, key: str) -> dict[str, Any] | None:
        for page in self.pages:
            for at, each in enumerate(page["fields"]):
                if each["key"] == key:
                    self.selected = "" if self.selected == f"field:{key}" else self.selected
                    taken: dict[str, Any] = page["fields"].pop(at)
                    return taken
        return None

    def _move(self, key: str, by: int) -> None:
        """One place earlier or later; from the end of a page onto the next one."""
        for number, page in enumerate(self.pages):
            keys = [each["key"] for each in page["fields"]]
            if key not in keys:
                continue
            at = keys.index(key) + by
            if 0 <= at < len(keys):
                page["fields"].insert(at, page["fields"].pop(at - by))
            elif 0 <= number + by < len(self.pages):
                beside = self.pages[number + by]["fields"]
                beside.insert(len(beside) if by < 0 else 0, page["fields"].pop(at - by))
            self.selected = f"field:{key}"
            return


def _maps(given: Any) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []


def _place(given: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"key": given["key"]}
    for name in WORDS:
        if isinstance(text := given.get(name), str) and text.strip():
            made[name] = " ".join(text.split())[:500]
    if given.get("required"):
        made["required"] = True
    if isinstance(given.get("when"), Mapping):
        made["when"] = dict(given["when"])
    return made

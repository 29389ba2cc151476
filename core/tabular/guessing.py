"""Which column of a file is which field: by its name, and by what stands in it."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from core.tabular.booleans import parse_bool_text
from core.tabular.numbers import parse_number_text
from core.tabular.sniffing import column_kind, is_date, is_dialable, is_email, is_url, is_year
from core.tabular.synonyms import synonyms_of

Reason = Literal["name", "content"]


@dataclass(frozen=True)
class TargetField:
    """A field that a column may go to. `labels` are its names in whatever languages it has."""

    key: str
    labels: Sequence[str]
    type_name: str
    synonyms: Sequence[str] = ()


@dataclass(frozen=True)
class Guess:
    """What one column seems to be: `field` is None when nothing fits. Confidence is from 0 to 1."""

    column: int
    header: str
    field: str | None
    confidence: float
    reason: Reason | None


_ENOUGH = 0.55

_INTEGER = ("integer", "year", "rating", "score")
_NUMBER = ("number", "decimal", "float", "money", "percent")


def _is_number(text: str) -> bool:
    return parse_number_text(text) is not None


def _is_date_text(text: str) -> bool:
    return is_date(text) or re.fullmatch(r"[2-7]\d{4}(\.\d+)?", text.strip()) is not None


_PARSERS: dict[str, Callable[[str], bool]] = {
    "email": is_email,
    "phone": is_dialable,
    "url": is_url,
    "year": is_year,
    **dict.fromkeys((*_INTEGER, *_NUMBER), _is_number),
    **dict.fromkeys(("date", "datetime", "date_time", "date-time"), _is_date_text),
    **dict.fromkeys(
        ("bool", "boolean", "yesno", "yes_no", "yes/no"), lambda text: parse_bool_text(text) is not None
    ),
}
_CONTENT: dict[str, tuple[float, tuple[str, ...]]] = {
    "email": (0.85, ("email",)),
    "url": (0.75, ("url", "website")),
    "phone": (0.75, ("phone",)),
    "date": (0.5, ("date", "datetime", "date_time", "date-time")),
    "year": (0.5, ("year",)),
    "money": (0.45, ("money",)),
    "percent": (0.45, ("percent",)),
    "number": (0.3, ("number", "decimal", "float", "money")),
    "integer": (0.3, ("integer",)),
}
"""For each kind of column: how sure its content alone makes us, and of which types of field."""

_SEVERAL = ("email", "url", "phone")
"""Telling enough to choose the first of several columns or fields of the kind."""


def guess_columns(
    headers: Sequence[str], sample_rows: Sequence[Sequence[str]], fields: Sequence[TargetField]
) -> list[Guess]:
    """One guess per column, in their order; a field goes to one column at most, the one that fits best."""
    samples = [
        [row[at] for row in sample_rows if at < len(row) and row[at].strip()] for at in range(len(headers))
    ]
    chosen = _best(_by_name(headers, samples, fields))
    given = {fields[index].key for index, _ in chosen.values()}
    left = {at: values for at, values in enumerate(samples) if at not in chosen}
    told = _best(_by_content(left, [(i, field) for i, field in enumerate(fields) if field.key not in given]))
    guesses = []
    for at, header in enumerate(headers):
        reason: Reason | None = "name" if at in chosen else "content" if at in told else None
        index, confidence = chosen.get(at) or told.get(at) or (None, 0.0)
        guesses.append(
            Guess(at, header, None if index is None else fields[index].key, round(confidence, 2), reason)
        )
    return guesses


_Match = tuple[float, int, int]
"""How well a column fits a field: confidence, column, index of the field."""


def _best(matches: Iterable[_Match]) -> dict[int, tuple[int, float]]:
    """The field and confidence of each column, best fits first, nothing twice."""
    columns: dict[int, tuple[int, float]] = {}
    fields: set[int] = set()
    for confidence, column, field in sorted(matches, key=lambda match: (-match[0], match[1], match[2])):
        if column not in columns and field not in fields:
            columns[column] = (field, confidence)
            fields.add(field)
    return columns


def _by_name(
    headers: Sequence[str], samples: Sequence[Sequence[str]], fields: Sequence[TargetField]
) -> Iterator[_Match]:
    names = [_names(field) for field in fields]
    for column, header in enumerate(headers):
        for index, field in enumerate(fields):
            alike = max((_likeness(header, name) * weight for name, weight in names[index]), default=0.0)
            trust = 0.7 if alike > 0.9 else 0.4
            confidence = alike * (trust + (1 - trust) * _share_that_fits(field.type_name, samples[column]))
            if confidence >= _ENOUGH:
                yield confidence, column, index


def _by_content(left: dict[int, list[str]], fields: Sequence[tuple[int, TargetField]]) -> Iterator[_Match]:
    """Only what is telling, or the one column of a kind for the one field of it."""
    kinds = {column: column_kind(values, 0.9) for column, values in left.items() if len(values) >= 3}
    for kind, (confidence, types) in _CONTENT.items():
        columns = [column for column, found in kinds.items() if found == kind]
        takers = [index for index, field in fields if field.type_name in types]
        if kind in _SEVERAL or len(columns) == len(takers) == 1:
            yield from ((confidence, column, index) for column, index in zip(columns, takers, strict=False))


def _share_that_fits(type_name: str, values: Sequence[str]) -> float:
    parser = _PARSERS.get(type_name)
    if parser is None or not values:
        return 1.0
    return sum(map(parser, values)) / len(values)


def _names(field: TargetField) -> list[tuple[str, float]]:
    """Everything the field is called. Earlier synonyms count a little more, which settles ties."""
    own = [(str(name), 1.0) for name in (*field.labels, field.key)]
    others = (*field.synonyms, *synonyms_of(field.key))
    return own + [(str(name), 0.95 - at / 2000) for at, name in enumerate(others)]


def _likeness(header: str, name: str) -> float:
    """1 for the same name, less for one that has the other in it ("Customer e-mail"), or that is misspelt."""
    here, there = _words(header), _words(name)
    one, other = "".join(here), "".join(there)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if not (one.isascii() and other.isascii()):
        shorter, longer = sorted((one, other), key=len)
        return (
            0.6 + 0.3 * len(shorter) / len(longer) if len(shorter) > 1 and longer.endswith(shorter) else 0.0
        )
    shorter_words, longer_words = sorted((here, there), key=len)
    if set(shorter_words) <= set(longer_words) and _head(longer_words) in shorter_words:
        return 0.6 + 0.25 * len(shorter_words) / len(longer_words)
    if min(len(one), len(other)) < 4:
        return 0.0
    ratio = SequenceMatcher(None, one, other).ratio()
    return ratio * 0.9 if ratio >= 0.84 else 0.0


def _head(words: Sequence[str]) -> str:
    """What the name is about: "date" in "date of purchase", "age" in "customer age"."""
    return words[words.index("of") - 1] if "of" in words[1:] else words[-1]


@lru_cache(4096)
def _words(name: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"[(\[【〔].*?[)\]】〕]", " ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold()
    words = re.sub(r"[\W_]+", " ", text).split()
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return tuple(
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
        for word in words
    )

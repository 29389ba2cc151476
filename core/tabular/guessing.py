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
from core.tabular.synonyms import NEUTRAL, synonyms_of

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
_UNLESS_CONFIRMED = 0.5

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
    **dict.fromkeys(("bool", "boolean", "yesno", "yes_no", "yes/no"), lambda text: parse_bool_text(text) is not None),
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
    samples = [[row[at] for row in sample_rows if at < len(row) and row[at].strip()] for at in range(len(headers))]
    chosen = _best(_by_name(headers, samples, fields))
    given = {fields[index].key for index, _ in chosen.values()}
    left = {at: values for at, values in enumerate(samples) if at not in chosen}
    told = _best(_by_content(left, [(i, field) for i, field in enumerate(fields) if field.key not in given]))
    guesses = []
    for at, header in enumerate(headers):
        reason: Reason | None = "name" if at in chosen else "content" if at in told else None
        index, confidence = chosen.get(at) or told.get(at) or (None, 0.0)
        guesses.append(Guess(at, header, None if index is None else fields[index].key, round(confidence, 2), reason))
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
            confidence = _confirmed(alike, _share_that_fits(field.type_name, samples[column])) if alike else 0.0
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


def _confirmed(alike: float, fitting: float | None) -> float:
    """A name is believed less when the content belies it, and half a name if the content bears it out."""
    if fitting is None:
        return alike
    if alike <= _UNLESS_CONFIRMED:
        return alike + 0.2 if fitting > 0.8 else 0.0
    trust = 0.7 if alike > 0.9 else 0.4
    return alike * (trust + (1 - trust) * fitting)


def _share_that_fits(type_name: str, values: Sequence[str]) -> float | None:
    """None when the type takes any text, or there is none to judge by."""
    parser = _PARSERS.get(type_name)
    if parser is None or not values:
        return None
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
    if one.isascii() and other.isascii():
        return max(_share_of_words(here, there), _misspelt(here, there))
    return _share_of_signs(one, other)


def _share_of_words(here: Sequence[str], there: Sequence[str]) -> float:
    shorter, longer = sorted((here, there), key=len)
    if not set(shorter) <= set(longer) or _head(longer) not in shorter:
        return 0.0
    neutral = NEUTRAL.issuperset(set(longer) - set(shorter))
    return _partial(len(shorter) / len(longer), neutral, header_is_longer=longer is here)


def _share_of_signs(one: str, other: str) -> float:
    """Chinese names put what they are about last: 联系电话 is a kind of 电话."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < 2 or not longer.endswith(shorter):
        return 0.0
    neutral = longer.removesuffix(shorter) in NEUTRAL
    return _partial(len(shorter) / len(longer), neutral, header_is_longer=longer is one)


def _partial(share: float, neutral: bool, *, header_is_longer: bool) -> float:
    """Below what is enough when the rest could mean another field, unless the content confirms it."""
    if neutral:
        return 0.6 + 0.3 * share
    return _UNLESS_CONFIRMED if header_is_longer else 0.0


def _misspelt(here: Sequence[str], there: Sequence[str]) -> float:
    pairs = list(zip(here, there, strict=True)) if len(here) == len(there) else [("".join(here), "".join(there))]
    least = 0.75 if len(here) == len(there) else 0.9
    alike = [1.0 if one == other else _ratio(one, other) for one, other in pairs]
    overall = _ratio("".join(here), "".join(there))
    return overall * 0.9 if min(alike) >= least and overall >= 0.84 else 0.0


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio() if min(len(one), len(other)) > 3 else 0.0


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
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words
    )

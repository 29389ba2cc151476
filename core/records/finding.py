"""What was typed into a search, as SQL over the search columns of records."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, func, or_, true
from sqlalchemy.dialects.postgresql import TSQUERY

from core.records.guards import Guard
from core.records.model import is_searched
from core.records.text import COMMON, FIGURES, LETTERS, RUN, normalise, tokens, tsvector, typos, typos_of
from core.records.types import RecordType

NUMBER = re.compile(r"\+?[\d\s().-]{5,}")
"""A telephone number as people write it; records hold it without the marks between."""


def search_clause(record_type: RecordType, typed: str) -> ColumnElement[bool]:
    """Records whose searchable text, or their title's pinyin, contains all the words that were typed."""
    model, text = record_type.model, normalise(typed)
    if len(text) < 2:
        return or_(_begins(model.search_norm, text), _begins(model.search_pinyin, text))
    inside = and_(_contains(model, text.split()), _told(record_type, text.split()))
    if NUMBER.fullmatch(text) and (digits := re.sub(r"\D", "", text)) != text:
        return or_(inside, and_(_contains(model, [digits]), _told(record_type, [digits])))
    return inside


def _told(record_type: RecordType, words: Sequence[str]) -> ColumnElement[bool]:
    """That each word is in a text which the acting member may read: the search columns hold those of all fields."""
    found, has = [], record_type.fields()
    for field in record_type.all_fields().values():
        if is_searched(record_type.model, field) and field is not record_type.title_field:
            found.append((field, has.get(field.key)))
    if all(mine is field for field, mine in found):
        return true()
    model: Any = record_type.model
    title = func.lower(record_type.title_field.expression(model))
    told: list[tuple[ColumnElement[bool], Any]] = [(true(), title), (true(), model.search_pinyin)]
    for field, mine in found:
        if mine is not None and (not mine.guarded or mine.filterable):
            text = model.custom[field.key].astext if field.custom_id else field.expression(model)
            told.append((mine.readable() if isinstance(mine, Guard) else true(), func.lower(text)))
    return and_(*(or_(*(and_(read, func.strpos(func.coalesce(text, ""), word) > 0) for read, text in told))
                  for word in words))  # fmt: skip


def typo_clause(record_type: RecordType, typed: str) -> ColumnElement[bool] | None:
    """Records whose title has words like those that were typed, with a letter wrong, missing, too many or in its
    neighbour's place. None where nothing was typed that can be mistaken so."""
    words = [found for word in normalise(typed).split() if (found := typos(word))]
    telling = [found for found in words if not found & COMMON_TYPOS]
    words = telling or words
    if not words:
        return None
    return _has(record_type.model, " & ".join(f"({' | '.join(map(_quoted, sorted(each)))})" for each in words))


COMMON_TYPOS = typos_of(COMMON)
"""What a word of every second name looks like with a slip in it: nobody is looked for by that."""


def _begins(column: Any, text: str) -> ColumnElement[bool]:
    return and_(column >= text, column < text + "\U0010ffff")


def _contains(model: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """Each word is found by its tokens. Where they do not tell all, the text itself is looked at as well.

    That is done in a way of which the planner assumes nothing: it would take `ilike` for much rarer than it is, and
    fetch and sort a hundred thousand rows where the first few of the newest would have done.
    """
    known = {token for word in words for token in _asked(word)}
    if not known and len(words) > 1:  # 张 三
        words = ["".join(words)]
        known = set(_asked(words[0]))
    found = [_has(model, " & ".join(map(_quoted, sorted(known))))] if known else []
    if not known:
        found = [_has(model, " & ".join(_beginning(word) for word in words))] if all(map(_beginning, words)) else []
    vague = [word for word in words if not (found and _is_told_by(word, known))]
    return and_(*found, *(func.strpos(model.search_text, word) > 0 for word in vague))


def _asked(word: str) -> Iterable[str]:
    """The tokens that every text with this in it has, wherever in a longer word it stands."""
    for token in tokens(word):
        whole = RUN.fullmatch(token)
        short = whole and token.isascii() and len(token) < (FIGURES if token.isdigit() else LETTERS)
        if not short and token[0] != "^":
            yield token


def _beginning(word: str) -> str:
    """What asks for a few letters or figures alone: figures anywhere, letters where a word or a syllable begins."""
    if re.fullmatch("[a-z]{2}", word):
        return _quoted(f"^{word}")
    return f"{_quoted(word)}:*" if re.fullmatch("[0-9]{1,3}", word) else ""


def _is_told_by(word: str, known: set[str]) -> bool:
    return word in known or bool(not known and _beginning(word))


def _quoted(token: str) -> str:
    return tsvector([token])


def _has(model: Any, query: str) -> ColumnElement[bool]:
    return model.search_grams.op("@@")(cast(query, TSQUERY))

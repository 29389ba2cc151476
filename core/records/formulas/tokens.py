"""The words of a formula."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.i18n import _
from core.records.formulas.errors import FormulaError

TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?![\w.]))"
    r"""|(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|‘[^’]*’|“[^”]*”)"""
    r"|(?P<name>[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*(?![\w.]))"
    r"|(?P<sign><=|>=|<>|!=|==|[-+*/%&=<>(),])",
    re.IGNORECASE | re.ASCII,
)
WIDE = str.maketrans("（），；＋－×＊÷／％＆＝＜＞", "(),,+-**//%&=<>")
"""What a Chinese keyboard types, character for character."""
SAME = {"==": "=", "<>": "!="}


class Token(NamedTuple):
    kind: str
    text: str
    at: int


def tokens(text: str) -> Iterator[Token]:
    """The words in order, an `end` after the last. Raises FormulaError."""
    plain, at = text.translate(WIDE), 0
    while at < len(text):
        found = TOKEN.match(plain, at)
        if found is None:
            raise _stray(text, at)
        kind, word = found.lastgroup or "", found.group()
        if kind == "text":
            yield Token(kind, _unquoted(text[at : found.end()], at), at)
        elif kind != "space":
            yield Token(kind, SAME.get(word, word), at)
        at = found.end()
    yield Token("end", "", len(text))


def _unquoted(quoted: str, at: int) -> str:
    quote, inside = quoted[0], quoted[1:-1]
    if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in inside):
        raise FormulaError("bad_character", _("This text holds a character that cannot be kept."), at)
    return inside.replace(quote * 2, quote) if quote in "'\"" else inside


def _stray(text: str, at: int) -> FormulaError:
    if text[at] in "'\"‘“":
        return FormulaError("open_text", _("This text has no closing quotation mark."), at)
    if text[at].isdigit():
        return FormulaError("bad_number", _("This is not a number."), at)
    return FormulaError("unknown_character", _("“%(text)s” means nothing here.", text=text[at]), at)

"""In which encoding a text file is written.

Detectors that know no better go wrong on files of a few rows, which is how people try an import out. We know
more: valid UTF-8 is UTF-8, and the rest is mostly what an Excel of some country saved. Each candidate is
judged by how everyday the characters are that it yields.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from charset_normalizer import from_bytes

from core.i18n import _
from core.tabular.errors import TabularError
from core.tabular.kinds import not_a_table
from core.tabular.source import Source

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "utf-8": "utf-8-sig",
    "iso8859-1": "cp1252",
    "big5": "big5hkscs",
}
_SAMPLE = 40_000
_CONTROLS = bytes(set(range(32)) - set(b"\0\t\n\v\f\r\x1a\x1b"))


@dataclass(frozen=True)
class Encoding:
    """The name of a Python codec. `sound` says that every byte of the file is known to be valid in it."""

    name: str
    sound: bool = False


def detect_encoding(source: Source) -> Encoding:
    """Raises TabularError when the file is no text at all."""
    head = source.head()
    for bom, name in _BOMS:
        if head.startswith(bom):
            return Encoding(name, name == "utf-8-sig" and _is_utf8(source))
    if (wide := _wide(head)) is not None:
        return Encoding(wide)
    if (
        len(head) - len(head.translate(None, delete=_CONTROLS)) > len(head) * 0.02 + 3
        or head.count(0) > len(head) * 0.1
    ):
        raise not_a_table(source)
    if _is_utf8(source):
        return Encoding("utf-8", sound=True)
    with source.open() as stream:
        return Encoding(_guess(_foreign_lines(stream)))


def known_encoding(source: Source, name: str) -> Encoding:
    """The codec a person chose by name. Raises TabularError for one that does not exist."""
    try:
        codec = codecs.lookup(name)
        " ".encode(codec.name)
    except (LookupError, TypeError, ValueError) as error:
        raise TabularError(
            "unknown_encoding",
            _(
                "There is no encoding called “%(name)s”. Choose another, for example UTF-8 or GB18030.",
                name=name,
            ),
        ) from error
    meant = _MEANT.get(codec.name, codec.name)
    return Encoding(meant, meant == "utf-8-sig" and _is_utf8(source))


def _is_utf8(source: Source) -> bool:
    """Whether the whole file is, without holding it in memory."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.open() as stream:
        try:
            for chunk in iter(partial(stream.read, 1 << 20), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: nearly every second byte of text in Latin letters and digits is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) * 0.15 or min(even, odd) > len(head) * 0.02:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _foreign_lines(stream: BinaryIO) -> bytes:
    """Lines with something beyond ASCII, enough of them to judge by."""
    lines, size = [], 0
    for line in stream:
        if not line.isascii():
            lines.append(line[:_SAMPLE])
            size += len(line)
            if size > _SAMPLE:
                break
    return b"".join(lines)


def _guess(sample: bytes) -> str:
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(char > "\x7f" for char in text) - broken > 10 * broken:
        return "utf-8"
    scores = {name: _score(sample, name, weigh) for name, weigh in _CANDIDATES.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.6:
        return best
    match = from_bytes(sample).best()
    return match.encoding if match else "cp1252"


def _score(sample: bytes, encoding: str, weigh: Callable[[str], float]) -> float:
    """How plausible this encoding is, 1 being a text of nothing but common characters."""
    text = sample.decode(encoding, "replace")
    return weigh(text) - text.count("\ufffd") * 20 / len(text)


def _weigh_simplified(text: str) -> float:
    return _weigh_han(text, "gb2312", 0xD8)


def _weigh_traditional(text: str) -> float:
    return _weigh_han(text, "big5", 0xC7)


def _weigh_han(text: str, standard: str, rare_from: int) -> float:
    """Both standards list the common characters first: the lead byte tells a common one from a rare one."""

    def weight(char: str) -> float:
        if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uff65" or char in "“”‘’—…·×":
            return 0.8
        if not "\u4e00" <= char <= "\u9fff":
            return 0.1
        try:
            common = char.encode(standard)[0] < rare_from
        except UnicodeEncodeError:
            return 0.1
        return 0.9 if common else 0.5

    return _mean([weight(char) for char in text if char > "\x7f"])


def _weigh_japanese(text: str) -> float:
    def weight(char: str) -> float:
        if "\u3040" <= char <= "\u30ff":
            return 1.3
        if "\uff61" <= char <= "\uff9f":
            return 0.2
        if "\u4e00" <= char <= "\u9fff":
            return 0.85 if 0x88 <= char.encode("cp932", "replace")[0] < 0x98 else 0.4
        return 0.6 if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uff65" else 0.1

    return _mean([weight(char) for char in text if char > "\x7f"])


_western_letter = re.compile(r"[À-ÖØ-öø-ÿŠšŽžŸŒœ]")
_western_sign = re.compile(r"[€£¥°ºª¿¡–—‘’“”…•½²\xa0]")


def _weigh_western(text: str) -> float:
    """Accented letters stand alone among plain ones; those of Asian texts come in pairs."""

    def weight(at: int) -> float:
        alone = (at == 0 or text[at - 1] <= "\x7f") and (at + 1 == len(text) or text[at + 1] <= "\x7f")
        if _western_letter.match(text[at]):
            return 1.0 if alone else 0.3
        return 0.8 if alone and _western_sign.match(text[at]) else 0.2

    return _mean([weight(at) for at, char in enumerate(text) if char > "\x7f"])


_CANDIDATES: dict[str, Callable[[str], float]] = {
    "gb18030": _weigh_simplified,
    "big5hkscs": _weigh_traditional,
    "cp932": _weigh_japanese,
    "cp1252": _weigh_western,
}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0

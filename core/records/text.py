"""What a text looks like to a search: normalised, as two-character grams, and in pinyin initials."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import import_module
from operator import add
from typing import Any

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]")
MAX_SEARCHED = 400


def normalise(text: str) -> str:
    """Lower case, compatibility forms folded, spaces single: what two writings of one name share."""
    plain = unicodedata.normalize("NFKC", text.replace("\x00", " "))
    return " ".join(plain.casefold().split())[:MAX_SEARCHED]


def grams(normalised: str) -> list[str]:
    """The distinct pairs of neighbouring characters inside each word, sorted."""
    return sorted({pair for word in normalised.split() for pair in map(add, word, word[1:])})


def pinyin_of(text: str) -> str:
    """Initials and full pinyin of a Chinese text ("张三" gives "zs zhangsan"); empty without Chinese."""
    if not HAN.search(text):
        return ""
    letters = [syllable for word in _cutter().cut(text[:80]) for syllable in _syllables(word)]
    return f"{''.join(s[0] for s in letters)} {''.join(letters)}"


@cache
def _cutter() -> Any:
    """Cuts a text into words. Loaded when it is first needed: its dictionary takes as long as the rest of us."""
    return import_module("pypinyin.seg.mmseg").seg


@lru_cache(maxsize=50_000)
def _syllables(word: str) -> tuple[str, ...]:
    """How one word is spoken: looked up once, since the same few thousand make up all names."""
    pypinyin = import_module("pypinyin")
    spoken = pypinyin.lazy_pinyin(word, style=pypinyin.Style.NORMAL, errors=_letters)
    return tuple(s for s in spoken if s.strip().isalnum())


def _letters(other: str) -> list[str]:
    return list(other.lower())


def tsvector(words: Iterable[str]) -> str:
    """Words without spaces in them, as the text form of a tsvector."""
    text = " ".join(words).replace("\\", "\\\\").replace("'", "''").replace(" ", "' '")
    return f"'{text}'" if text else ""


def search_columns(texts: Iterable[str | None]) -> dict[str, str]:
    """The search columns of a record from its searchable texts, the title first.

    The title's pinyin is searched like the texts, so that 腾飞 is found inside 深圳市腾飞科技 by "tengfei" and by "tf".
    """
    present = [t for t in texts if t]
    pinyin = pinyin_of(present[0]) if present else ""
    whole = normalise(" ".join([*present, pinyin]))
    return {
        "search_norm": normalise(present[0]) if present else "",
        "search_pinyin": pinyin,
        "search_grams": tsvector(grams(whole)),
        "search_text": whole,
    }

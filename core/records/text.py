"""What a text looks like to a search: normalised, cut into tokens, and in pinyin."""

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


RUN = re.compile(r"[a-z]+|[0-9]+|[^\W_a-z0-9]+")
"""Letters, figures, or any other script, as they follow one another inside a word."""
LETTERS, FIGURES = 3, 4
"""How many of them make a token: pairs of these are in every second text."""


def tokens(normalised: str) -> set[str]:
    """What a text is found by: pairs of Chinese characters, threes of Latin letters, fours of figures (the last of a
    run are shorter), pairs where scripts meet, and `^ab` for the first two letters of a word."""
    found: set[str] = set()
    for word in normalised.split():
        end = -1
        for part in RUN.finditer(word):
            run, start = part[0], part.start()
            if start == end:
                found.add(word[start - 1 : start + 1])
            end = part.end()
            if not run[0].isascii():
                found.update(map(add, run, run[1:]))
            elif run[0].isdigit():
                found.update([run[at : at + FIGURES] for at in range(len(run))])
            else:
                found.update([run[at : at + LETTERS] for at in range(len(run))])
                found.add(f"^{run[:2]}")
    return found


def typos(normalised: str, words: int = 4) -> set[str]:
    """The Latin words of a text, each also with one letter left out, marked `~`: two words that differ in one letter,
    or in two neighbours that changed places, share one of these (W. Garbe's symmetric delete spelling correction)."""
    return typos_of([word for word in re.findall("[a-z]{4,15}", normalised) if word not in COMMON][:words])


def typos_of(words: Iterable[str]) -> set[str]:
    return {f"~{each}" for word in words for each in {word, *(word[:n] + word[n + 1 :] for n in range(len(word)))}}


COMMON = frozenset(
    ["limited", "company", "corporation", "technology", "technologies", "group", "international", "gmbh", "holding"]
)
"""Words in so many names that nobody looks for one by them."""


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
    title = normalise(present[0]) if present else ""
    whole = normalise(" ".join([*present, pinyin]))
    initials = pinyin.partition(" ")[0]
    found = tokens(whole) | typos(title) | {f"^{pair}" for pair in map(add, initials, initials[1:])}
    return {
        "search_norm": title,
        "search_pinyin": pinyin,
        "search_grams": tsvector(found),
        "search_text": whole,
    }

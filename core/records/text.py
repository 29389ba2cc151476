"""What a text looks like to a search: normalised, as two-character grams, and in pinyin initials."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from pypinyin import Style, lazy_pinyin

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]")
MAX_SEARCHED = 400


def normalise(text: str) -> str:
    """Lower case, compatibility forms folded, spaces single: what two writings of one name share."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:MAX_SEARCHED]


def grams(normalised: str) -> list[str]:
    """The distinct pairs of neighbouring characters inside each word, sorted."""
    return sorted({word[i : i + 2] for word in normalised.split() for i in range(len(word) - 1)})


def pinyin_of(text: str) -> str:
    """Initials and full pinyin of a Chinese text ("张三" gives "zs zhangsan"); empty without Chinese."""
    if not HAN.search(text):
        return ""
    syllables: Any = lazy_pinyin(text[:80], style=Style.NORMAL, errors=_letters)  # type: ignore[arg-type]
    letters = [s for s in syllables if s.strip().isalnum()]
    return f"{''.join(s[0] for s in letters)} {''.join(letters)}"


def _letters(other: str) -> list[str]:
    return list(other.lower())


def tsvector(words: Iterable[str]) -> str:
    """Words as the text form of a tsvector."""
    return " ".join("'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words)


def search_columns(texts: Iterable[str | None]) -> dict[str, str]:
    """The three search columns of a record from its searchable texts, the title first."""
    present = [t for t in texts if t]
    title = normalise(present[0]) if present else ""
    whole = normalise(" ".join(present))
    return {
        "search_norm": title,
        "search_pinyin": pinyin_of(present[0]) if present else "",
        "search_grams": tsvector(grams(whole)),
        "search_text": whole,
    }

"""Passwords: what makes a good one, and argon2 by way of Flask-Security."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from flask_security.utils import hash_password, verify_password
from zxcvbn import matching, zxcvbn

from core.i18n import LazyText, _, _l

MIN, MAX = 8, 256
ENOUGH = 7.0
"""The power of ten of the guesses that a password must outlast. Eight random characters outlast ten times as many."""

LOOKED_AT = 72
"""How many characters are judged: the estimate takes longer with each, and so many are enough for any password."""

FAVOURITES = (
    "woaini1314", "woaini520", "woaini521", "5201314", "1314520", "a5201314", "5201314a", "a123456789", "qq123456789",
    "qwe123456", "asd123456", "zxc123456", "abc123456", "abcd1234", "aa123456", "qaz123456", "wang1234", "zhang123",
    "woshishui", "nihao123", "admin123", "administrator", "changeme", "welcome1", "letmein1", "passw0rd",
    "guanxi", "guanxi123", "guanxicrm",
)  # fmt: skip
"""What is popular where our users are, besides the lists of common passwords, names and words that zxcvbn brings."""

ADVICE: Mapping[str, LazyText] = {
    each.message: each
    for each in (
        _l("Straight rows of keys are easy to guess."),
        _l("Short keyboard patterns are easy to guess."),
        _l('Repeats like "aaa" are easy to guess.'),
        _l('Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
        _l('Sequences like "abc" or "6543" are easy to guess.'),
        _l("Recent years are easy to guess."),
        _l("Dates are often easy to guess."),
        _l("This is a top-10 common password."),
        _l("This is a top-100 common password."),
        _l("This is a very common password."),
        _l("This is similar to a commonly used password."),
        _l("A word by itself is easy to guess."),
        _l("Names and surnames by themselves are easy to guess."),
        _l("Common names and surnames are easy to guess."),
        _l("Use a few words, avoid common phrases."),
        _l("No need for symbols, digits, or uppercase letters."),
        _l("Add another word or two. Uncommon words are better."),
        _l("Use a longer keyboard pattern with more turns."),
        _l("Avoid repeated words and characters."),
        _l("Avoid sequences."),
        _l("Avoid recent years."),
        _l("Avoid years that are associated with you."),
        _l("Avoid dates and years that are associated with you."),
        _l("Capitalization doesn't help very much."),
        _l("All-uppercase is almost as easy to guess as all-lowercase."),
        _l("Reversed words aren't much harder to guess."),
        _l("Predictable substitutions like '@' instead of 'a' don't help very much."),
    )
}
"""What zxcvbn says, in our languages."""


@dataclass(frozen=True)
class Strength:
    """How long a password would be guessed at: 0 to 4 of the meter, whether it is enough, and what is said of it."""

    score: int
    enough: bool
    says: str


def hash_of(password: str) -> str:
    return str(hash_password(_normal(password)))


def is_password(password: str, hashed: str | None) -> bool:
    """Takes as long for somebody who does not exist, or has no password yet, as for anybody else."""
    right = verify_password(_normal(password)[:MAX], hashed or _nobodys())
    return bool(right and hashed)


def weakness(password: str, *near: str) -> str | None:
    """Why this is no good password, and what helps, for the person who typed it.

    `near` is what an attacker would try first: the person's name, address, company.
    """
    found = strength(password, *near)
    return None if found.enough else found.says


def strength(password: str, *near: str) -> Strength:
    if len(password) < MIN:
        return Strength(0, False, _("Use at least %(count)s characters.", count=MIN))
    if len(password) > MAX:
        return Strength(0, False, _("Use at most %(count)s characters.", count=MAX))
    mine = set(_pieces(near))
    plain = _normal(password)
    found = _judged(plain[:LOOKED_AT], mine)
    own = re.sub(r"[\W\d_]+", "", plain.casefold()) in mine
    if found["guesses_log10"] >= ENOUGH and not own:
        return Strength(max(found["score"], 2), True, _PRAISE[max(found["score"], 2)]())
    words = {match["matched_word"] for match in found["sequence"] if match.get("dictionary_name") == "user_inputs"}
    return Strength(min(found["score"], 1), False, _told(found["feedback"], own=own or bool(words & mine)))


_PRAISE = {2: lambda: _("Good enough"), 3: lambda: _("Strong"), 4: lambda: _("Very strong")}
_judging = Lock()


def _judged(password: str, mine: set[str]) -> dict[str, Any]:
    """zxcvbn keeps the words of one's own in a table of all: so one at a time, and nobody's are left there."""
    with _judging:
        try:
            return zxcvbn(password, user_inputs=[*mine, *FAVOURITES], max_length=LOOKED_AT)
        finally:
            matching.RANKED_DICTIONARIES["user_inputs"] = {}


def _pieces(near: Iterable[str]) -> Iterable[str]:
    """ada.lovelace@example.com is tried as a whole and by its parts; Ada Lovelace also written as one word."""
    for words in near:
        parts = [part for part in re.split(r"[\W_]+", words.casefold()) if len(part) > 2]
        yield from (words.casefold(), "".join(parts), *parts)


def _told(feedback: Mapping[str, Any], *, own: bool) -> str:
    """Why, if there is a reason, and the first thing that helps."""
    if own:
        why = _("It contains your name, your e-mail address or your company.")
    elif feedback["warning"]:
        why = str(ADVICE.get(feedback["warning"], feedback["warning"]))
    else:
        why = _("This is one of the first that somebody would try.")
    helps = next((str(ADVICE[said]) for said in feedback["suggestions"] if said in ADVICE), "")
    return " ".join(filter(None, (why, helps)))


def _normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return str(hash_password("nobody has this password"))

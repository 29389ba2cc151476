"""Passwords: what makes a good one, and argon2 by way of Flask-Security."""

import unicodedata
from functools import cache

from flask_security.utils import hash_password, verify_password

from core.i18n import _

MIN, MAX = 8, 256
FIRST_GUESSES = frozenset({
    "password", "password1", "password123", "passw0rd", "12345678", "123456789", "1234567890", "qwertyuiop",
    "qwerty123", "1q2w3e4r", "iloveyou", "sunshine", "princess", "football", "baseball", "superman", "letmein1",
    "welcome1", "admin123", "administrator", "changeme", "woaini1314", "5201314a", "a123456789", "abcd1234",
    "abc123456", "qq123456789", "guanxi123", "guanxicrm",
})  # fmt: skip


def hash_of(password: str) -> str:
    return str(hash_password(_normal(password)))


def is_password(password: str, hashed: str | None) -> bool:
    """Takes as long for somebody who does not exist, or has no password yet, as for anybody else."""
    right = verify_password(_normal(password)[:MAX], hashed or _nobodys())
    return bool(right and hashed)


def weakness(password: str, *near: str) -> str | None:
    """Why this is no good password, for the person who typed it. `near` is what an attacker would try first."""
    if len(password) < MIN:
        return _("Use at least %(count)s characters.", count=MIN)
    if len(password) > MAX:
        return _("Use at most %(count)s characters.", count=MAX)
    plain = password.casefold()
    if len(set(plain)) < 4 or plain in FIRST_GUESSES or plain in {word.casefold() for word in near if word}:
        return _("This is one of the first that somebody would try. Choose another.")
    return None


def _normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return str(hash_password("nobody has this password"))

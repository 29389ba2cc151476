"""Secrets by which programs come in: told by their beginning, proved whole by their end, kept only as a fingerprint.

A secret is `<prefix>_`, 43 letters and digits with 256 random bits, and six that are the CRC of all before. So whoever
searches code and logs for lost secrets finds ours without guessing, and a slip of the pen costs us no question.
"""

import hashlib
import re
import secrets
import string
from zlib import crc32

LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM = 43
CHECK = 6

API_TOKEN = "gx"
APP_SECRET = "gxs"
CODE = "gxc"
REFRESH = "gxr"
FORMER = re.compile(r"gx_[\w-]{43}", re.ASCII)
"""API tokens from before they had a check at their end; they work on."""
SHAPE = re.compile(rf"(gx[scr]?)_[0-9A-Za-z]{{{RANDOM + CHECK}}}", re.ASCII)


def make_key(prefix: str = API_TOKEN) -> str:
    """A new secret."""
    body = f"{prefix}_" + "".join(secrets.choice(LETTERS) for _each in range(RANDOM))
    return with_check(body)


def with_check(body: str) -> str:
    """The secret that begins so: with what proves it whole."""
    return body + _check(body)


def is_key(text: str, prefix: str = API_TOKEN) -> bool:
    """Whether this may be a secret of the kind: told from its form alone."""
    found = SHAPE.fullmatch(text)
    return found is not None and found[1] == prefix and text[-CHECK:] == _check(text[:-CHECK])


def hash_token(key: str) -> str:
    """The fingerprint that is kept. With 256 random bits behind it, a plain hash keeps the secret secret."""
    return hashlib.sha256(key.encode()).hexdigest()


def _check(body: str) -> str:
    number, letters = crc32(body.encode()), ""
    for _each in range(CHECK):
        number, rest = divmod(number, len(LETTERS))
        letters = LETTERS[rest] + letters
    return letters

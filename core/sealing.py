"""Values that are kept encrypted: sealed with a key of the owner's own, and found again by a keyed fingerprint.

The owner is the tenant we are in, or where there is none the user whose id is given. The keys are derived from
SECRET_KEY and the owner's id, so that a copy of the database alone opens nothing, and no owner's value opens with
another's key. What was sealed under an earlier key is read by SECRET_KEY_FALLBACKS.
"""

import base64
import hmac
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core import current
from core.settings import settings

SEALED_FOR_TENANT = {"sealed_for": "tenant_id"}
"""The `info` of a column that holds a sealed value, with the column that says whose it is: so that `guanxi rotate-key`
finds it."""


class CannotOpen(ValueError):
    """None of the keys that we were told opens this value: SECRET_KEY was changed without naming the old one."""


def seal(text: str, owner: UUID | None = None) -> str:
    """The text encrypted for its owner."""
    return _fernet(owner or current.tenant_id(), _keys()).encrypt(text.encode()).decode()


def unseal(sealed: str, owner: UUID | None = None) -> str:
    """The text again. Raises CannotOpen."""
    try:
        return _fernet(owner or current.tenant_id(), _keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen("no key opens this value") from None


def renewed(sealed: str, owner: UUID | None = None) -> str | None:
    """The value sealed under the present key; None where it is already. Raises CannotOpen."""
    whose = owner or current.tenant_id()
    try:
        _fernet(whose, _keys()[:1]).decrypt(sealed.encode())
    except InvalidToken:
        return seal(unseal(sealed, whose), whose)
    return None


def fingerprint(text: str, purpose: str, owner: UUID | None = None) -> str:
    """The same for the same text, owner and purpose, and of no use for guessing the text without the key."""
    return fingerprints(text, purpose, owner)[0]


def fingerprints(text: str, purpose: str, owner: UUID | None = None) -> list[str]:
    """The fingerprint under each of the keys, the present one first."""
    whose = owner or current.tenant_id()
    return [
        hmac.new(_derived(key, whose, "fingerprint"), f"{purpose}\0{text}".encode(), sha256).hexdigest()
        for key in _keys()
    ]


def _keys() -> Sequence[str]:
    told = settings()
    return (told.secret_key, *told.secret_key_fallbacks)


@lru_cache(maxsize=1000)
def _fernet(owner: UUID, keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, owner, "sealing"))) for key in keys])


@lru_cache(maxsize=4000)
def _derived(key: str, owner: UUID, purpose: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=owner.bytes, info=f"guanxi {purpose} v1".encode())
    return made.derive(key.encode())

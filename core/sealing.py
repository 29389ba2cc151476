"""Values that are kept encrypted: sealed with a key of the tenant's own, and found again by a keyed fingerprint.

The keys are derived from SECRET_KEY and the tenant's id, so that a copy of the database alone opens nothing, and no
tenant's value opens with another's key. What was sealed under an earlier key is read by SECRET_KEY_FALLBACKS.
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


class CannotOpen(ValueError):
    """None of the keys that we were told opens this value: SECRET_KEY was changed without naming the old one."""


def seal(text: str) -> str:
    """The text encrypted for the tenant we are in."""
    return _fernet(current.tenant_id(), _keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text again. Raises CannotOpen."""
    try:
        return _fernet(current.tenant_id(), _keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen("no key opens this value") from None


def fingerprint(text: str, purpose: str) -> str:
    """The same for the same text, tenant and purpose, and of no use for guessing the text without the key."""
    return fingerprints(text, purpose)[0]


def fingerprints(text: str, purpose: str) -> list[str]:
    """The fingerprint under each of the keys, the present one first."""
    tenant = current.tenant_id()
    return [
        hmac.new(_derived(key, tenant, "fingerprint"), f"{purpose}\0{text}".encode(), sha256).hexdigest()
        for key in _keys()
    ]


def _keys() -> Sequence[str]:
    told = settings()
    return (told.secret_key, *told.secret_key_fallbacks)


@lru_cache(maxsize=1000)
def _fernet(tenant_id: UUID, keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, tenant_id, "sealing"))) for key in keys])


@lru_cache(maxsize=4000)
def _derived(key: str, tenant_id: UUID, purpose: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=tenant_id.bytes, info=f"guanxi {purpose} v1".encode())
    return made.derive(key.encode())

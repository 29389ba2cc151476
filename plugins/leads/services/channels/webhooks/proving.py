"""Whether a delivery comes from whom it says, and is not an old one sent again."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha1, sha256
from typing import Any

from core.sdk import CannotOpen, DomainError, _, now, unseal
from plugins.leads.models import Webhook

TOLERANCE = timedelta(minutes=5)
"""How far the time in a signature may be from ours."""
PREFIX = "whsec_"


class Unproven(DomainError):
    """The delivery does not prove where it comes from."""

    status = 401
    code = "unproven"


def new_secret() -> str:
    """A secret as standardwebhooks.com writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def prove(hook: Webhook, headers: Mapping[str, str], body: bytes, payload: Any) -> str:
    """What the sender calls this delivery, by its headers (in small letters) and body. Raises Unproven."""
    if hook.proof == "address":
        return _digest(body)
    secrets_known = _secrets(hook)
    if not secrets_known:
        raise Unproven(_("The webhook has no secret yet."))
    return PROVE[hook.proof](secrets_known, headers, body, payload)


def _secrets(hook: Webhook) -> list[str]:
    sealed = [hook.secret]
    if hook.previous_until and hook.previous_until > now():
        sealed.append(hook.previous_secret)
    found = []
    for each in filter(None, sealed):
        try:
            found.append(unseal(each))
        except CannotOpen:
            continue
    return found


def _standard(known: list[str], headers: Mapping[str, str], body: bytes, _payload: Any) -> str:
    """`webhook-signature: v1,<base64 of HMAC-SHA256 of "id.time.body">`, as standardwebhooks.com has it."""
    name, at, signed = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (name and at and signed):
        raise Unproven(_("The headers webhook-id, webhook-timestamp and webhook-signature are needed."))
    _check_time(at)
    given = [each.partition(",")[2] for each in signed.split() if each.startswith("v1,")]
    content = f"{name}.{at}.".encode() + body
    right = [base64.b64encode(hmac.new(_key(secret), content, sha256).digest()).decode() for secret in known]
    _require(any(hmac.compare_digest(one, other) for one in right for other in given))
    return name[:200]


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()


def _meta(known: list[str], headers: Mapping[str, str], body: bytes, _payload: Any) -> str:
    given = headers.get("x-hub-signature-256", "").removeprefix("sha256=")
    right = [hmac.new(secret.encode(), body, sha256).hexdigest() for secret in known]
    _require(any(hmac.compare_digest(one, given) for one in right))
    return _digest(body)


def _douyin(known: list[str], headers: Mapping[str, str], body: bytes, _payload: Any) -> str:
    given = headers.get("x-douyin-signature", "")
    right = [sha1(secret.encode() + body, usedforsecurity=False).hexdigest() for secret in known]
    _require(any(hmac.compare_digest(one, given) for one in right))
    return headers.get("msg-id", "")[:200] or _digest(body)


def _fanqier(known: list[str], _headers: Mapping[str, str], body: bytes, payload: Any) -> str:
    """`sign` is the SHA-1 of data, time and token in a row."""
    said = payload if isinstance(payload, Mapping) else {}
    data, at, given = (str(said.get(part, "")) for part in ("data", "time", "sign"))
    _check_time(at[:-3] if len(at) == 13 else at)
    right = [sha1(f"{data}{at}{secret}".encode(), usedforsecurity=False).hexdigest() for secret in known]
    _require(any(hmac.compare_digest(one, given) for one in right))
    return _digest(data.encode())


def _google(known: list[str], _headers: Mapping[str, str], body: bytes, payload: Any) -> str:
    given = str(payload.get("google_key", "")) if isinstance(payload, Mapping) else ""
    _require(any(hmac.compare_digest(secret.encode(), given.encode()) for secret in known))
    return _digest(body)


PROVE = {"standard": _standard, "meta": _meta, "douyin": _douyin, "fanqier": _fanqier, "google": _google}


def _require(proven: bool) -> None:
    if not proven:
        raise Unproven(_("The signature does not fit the secret."))


def _check_time(at: str) -> None:
    if not (at.isascii() and at.isdigit() and len(at) < 12):
        raise Unproven(_("The time of the signature is missing."))
    if abs(now().timestamp() - int(at)) > TOLERANCE.total_seconds():
        raise Unproven(_("The signature is too old, or the sender's clock is wrong."))


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()

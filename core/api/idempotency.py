"""Doing a thing once however often it is asked for: the `Idempotency-Key` header.

The key is reserved, and the answer kept, in the transaction that does the work. So an answer is remembered
exactly when its effect is there, and a request that failed or was cut off may be sent again with its key.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from flask import Response, request
from sqlalchemy import Index, Text, Uuid, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.api.reading import body
from core.db import TenantModel
from core.errors import Conflict, FieldProblem, Invalid
from core.i18n import _

KEPT = timedelta(hours=24)
PATIENCE = "100ms"
"""How long a second request waits for the first one with its key before it is told to come back."""
HEADERS = ("Content-Type", "ETag", "Location")


class IdempotencyKey(TenantModel):
    """A key that a token has used, what it was used for, and what was answered."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        Index("idempotency_key_uq", "tenant_id", "token_id", "key", unique=True),
        Index("idempotency_key_made", "tenant_id", "created_at"),
    )

    token_id: Mapped[UUID] = mapped_column(Uuid)
    key: Mapped[str] = mapped_column(Text(collation="C"))
    fingerprint: Mapped[str] = mapped_column(Text(collation="C"))
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    body: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


def once(key: str, make: Callable[[], Response]) -> Response:
    """Make the response, or give again the one that was made for this key in the last 24 hours.

    Raises Invalid when the key was used for something else, Conflict while its first request is being worked on.
    """
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Invalid([FieldProblem("Idempotency-Key", "bad_key", _("Use 1 to 255 printable ASCII characters."))])
    asked = fingerprint()
    if reserve(key, asked):
        response = make()
        _keep(key, response)
        return response
    kept = db.session().scalars(select(IdempotencyKey).where(*_mine(key))).one()
    if kept.fingerprint != asked:
        message = _("This key was used for another request. Use a new key for each thing to be done.")
        raise Invalid([FieldProblem("Idempotency-Key", "key_reused", message)])
    return Response(kept.body, kept.status, {**kept.headers, "Idempotent-Replayed": "true"})


def fingerprint() -> str:
    """What the request asks for; JSON is the same however its keys are ordered."""
    asked = [request.method, request.full_path, request.headers.get("If-Match")]
    sent = orjson.dumps(body(optional=True), option=orjson.OPT_SORT_KEYS) if request.is_json else request.get_data()
    return hashlib.sha256(orjson.dumps(asked) + sent).hexdigest()


def reserve(key: str, asked: str) -> bool:
    """Take the key for this transaction. False when it has been used; Conflict while it is in use."""
    now = current.now()
    _forget_old(now)
    row = insert(IdempotencyKey).values(
        tenant_id=current.tenant_id(), id=db.new_id(), token_id=_token(), key=key, fingerprint=asked,
        headers={}, body="", created_at=now,
    )  # fmt: skip
    again = {name: row.excluded[name] for name in ("fingerprint", "created_at")}
    reserved = row.on_conflict_do_update(
        index_elements=["tenant_id", "token_id", "key"],
        set_=again,
        where=IdempotencyKey.created_at < now - KEPT,
    ).returning(IdempotencyKey.id)
    try:
        with db.savepoint():
            db.session().execute(text(f"set local lock_timeout = '{PATIENCE}'"))
            taken = db.session().execute(reserved).first() is not None
            db.session().execute(text("set local lock_timeout to default"))
    except OperationalError:
        raise Conflict(_("The first request with this key is still being worked on."), code="in_progress") from None
    return taken


def _forget_old(now: datetime) -> None:
    some = (
        select(IdempotencyKey.id)
        .where(IdempotencyKey.tenant_id == current.tenant_id(), IdempotencyKey.created_at < now - KEPT)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    gone = delete(IdempotencyKey).where(IdempotencyKey.id.in_(some))
    db.session().execute(gone.execution_options(synchronize_session=False))


def _keep(key: str, response: Response) -> None:
    headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    values = {"status": response.status_code, "headers": headers, "body": response.get_data(as_text=True)}
    kept = update(IdempotencyKey).where(*_mine(key)).values(**values)
    db.session().execute(kept.execution_options(synchronize_session=False))


def _mine(key: str) -> tuple[Any, ...]:
    model = IdempotencyKey
    return (model.tenant_id == current.tenant_id(), model.token_id == _token(), model.key == key)


def _token() -> UUID:
    """The token that asks; keys of two tokens have nothing to do with each other."""
    return UUID(current.tenant().cause.ref)

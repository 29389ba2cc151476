"""Files that people upload, kept in the tenant's own rows, so that no machine has to be asked for them."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, Uuid, delete, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import TenantModel, reference
from core.deadlines import arm, disarm, on_deadline
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.sniffing import UNKNOWN, content_type_of

MAX_FILE = 30 * 1024 * 1024
LONGEST_NAME = 200
UNATTACHED = "file.unattached"
KEPT_UNATTACHED = timedelta(days=1)


class File(TenantModel):
    """An uploaded file. `content` is read only when it is asked for.

    `content_type` was told from the content. `record_type`, `record_id` say whose it is: of the record's `field` of
    that key, or of the record as a whole where `field` is null. One that a field no longer names stays with its
    record, for the history names it; one taken away from the record as a whole has `removed_at`.
    """

    __tablename__ = "file"
    __table_args__ = (
        Index("file_sha256", "tenant_id", "sha256"),
        Index("file_record", "tenant_id", "record_id", postgresql_where=text("record_id is not null")),
    )

    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(Text(collation="C"))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content_type: Mapped[str] = mapped_column(default=UNKNOWN)
    created_at: Mapped[datetime] = mapped_column(default=current.now)
    uploaded_by_id: Mapped[UUID | None] = reference("member", default=current.member_id)
    record_type: Mapped[str | None]
    record_id: Mapped[UUID | None] = mapped_column(Uuid)
    field: Mapped[str | None]
    removed_at: Mapped[datetime | None]


def keep_file(name: str, content: bytes) -> File:
    """Store a file in the transaction at hand."""
    name = clean_name(name)
    kept = File(
        name=name, content=content, size=len(content), sha256=hashlib.sha256(content).hexdigest(),
        content_type=content_type_of(content, name),
    )  # fmt: skip
    db.session().add(kept)
    db.session().flush()
    return kept


def upload_file(name: str, content: bytes, *, field: str = "file") -> File:
    """Store a file that somebody sent and that is yet to be attached to a record; after a day without it is gone.

    Raises Invalid, on `field`, for an empty file and for one that is too large.
    """
    if not content:
        raise Invalid([FieldProblem(field, "empty_file", _("“%(name)s” is empty.", name=clean_name(name)))])
    if len(content) > MAX_FILE:
        message = _("“%(name)s” is larger than %(limit)s MB.", name=clean_name(name), limit=MAX_FILE // 1024**2)
        raise Invalid([FieldProblem(field, "too_large", message)])
    kept = keep_file(name, content)
    arm(kept, UNATTACHED, current.now() + KEPT_UNATTACHED)
    return kept


def clean_name(name: str) -> str:
    """A file's name without folders, control characters and what turns the direction of writing; its ending stays."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    plain = " ".join(plain.split()).strip(". ")
    ending = PurePath(plain).suffix[:20]
    stem = plain.removesuffix(ending) if len(plain) > LONGEST_NAME else plain
    whole = stem if stem == plain else stem[: LONGEST_NAME - len(ending)] + ending
    return whole[:LONGEST_NAME] or "file"


def files_named(ids: Collection[UUID]) -> dict[UUID, File]:
    """The files of these ids, without their content."""
    if not ids:
        return {}
    found = select(File).where(File.tenant_id == current.tenant_id(), File.id.in_(set(ids)))
    return {file.id: file for file in db.session().scalars(found)}


def may_attach(file: File, record_type: str, record_id: UUID, field: str | None) -> bool:
    """Whether a file may become this record's: it is already, or it is nobody's yet and its uploader acts."""
    if file.record_id is not None:
        return (file.record_type, file.record_id, file.field) == (record_type, record_id, field)
    return file.uploaded_by_id == current.member_id() or current.member_id() is None


def attach(file: File, record_type: str, record_id: UUID, field: str | None = None) -> None:
    """Give a file to a record, or to one of its fields."""
    if file.record_id is None:
        disarm(file, UNATTACHED)
        file.record_type, file.record_id, file.field = record_type, record_id, field


def files_of(record_type: str, record_id: UUID) -> Sequence[File]:
    """The files of a record as a whole, the newest first."""
    found = select(File).where(
        File.tenant_id == current.tenant_id(),
        File.record_type == record_type,
        File.record_id == record_id,
        File.field.is_(None),
        File.removed_at.is_(None),
    )
    return db.session().scalars(found.order_by(File.id.desc())).all()


def pass_files(
    from_type: str, from_id: UUID, to_type: str, to_id: UUID, ids: Collection[UUID] | None = None
) -> list[UUID]:
    """Give the files of a record as a whole, or those of these ids, to another. Returns which went."""
    theirs = update(File).where(
        File.tenant_id == current.tenant_id(), File.record_type == from_type, File.record_id == from_id,
        File.field.is_(None), File.removed_at.is_(None), *([File.id.in_(ids)] if ids is not None else []),
    )  # fmt: skip
    moved = theirs.values(record_type=to_type, record_id=to_id).returning(File.id)
    return list(db.session().scalars(moved))


@on_deadline(UNATTACHED)
def _drop_unattached(file_id: UUID, _payload: dict[str, Any]) -> None:
    here = (File.tenant_id == current.tenant_id()) & (File.id == file_id) & File.record_id.is_(None)
    db.session().execute(delete(File).where(here))

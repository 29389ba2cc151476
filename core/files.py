"""Files that people upload, kept in the tenant's own rows, so that no machine has to be asked for them."""

import hashlib
from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import TenantModel

MAX_FILE = 30 * 1024 * 1024


class File(TenantModel):
    """An uploaded file. `content` is read only when it is asked for."""

    __tablename__ = "file"
    __table_args__ = (Index("file_sha256", "tenant_id", "sha256"),)

    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(Text(collation="C"))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=current.now)


def keep_file(name: str, content: bytes) -> File:
    """Store a file in the transaction at hand."""
    kept = File(name=name[:200], content=content, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    db.session().add(kept)
    db.session().flush()
    return kept

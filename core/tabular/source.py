"""A file that is read several times: once to learn what it is, then for its rows."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.i18n import _
from core.tabular.errors import LARGEST_FILE, TabularError


@dataclass(frozen=True)
class Source:
    """Bytes in memory or on disk, and the name the person gave them."""

    content: bytes | Path
    name: str

    @classmethod
    def of(cls, path_or_bytes: str | Path | bytes, name: str) -> "Source":
        """Raises TabularError when there is nothing in it, or more than we take."""
        content = path_or_bytes if isinstance(path_or_bytes, bytes) else Path(path_or_bytes)
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if size == 0:
            raise TabularError("empty", _("“%(file)s” is empty. Choose a file with a header line and data.", file=name))
        if size > LARGEST_FILE:
            raise TabularError(
                "too_large",
                _(
                    "“%(file)s” is larger than %(limit)s MB. Split it into several files and import them one by one.",
                    file=name,
                    limit=LARGEST_FILE // 1024**2,
                ),
            )
        return cls(content, name)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")

    def head(self, size: int = 65_536) -> bytes:
        with self.open() as stream:
            return stream.read(size)

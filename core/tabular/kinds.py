"""What is in a file, told by its first bytes: people's file names cannot be relied on."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from core.i18n import _
from core.tabular.errors import TabularError
from core.tabular.source import Source

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES_AND_SUCH = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!",
    b"\xfd7zXZ", b"{\\rtf", b"SQLite format 3", b"\x7fELF", b"MZ\x90",
)  # fmt: skip


def kind_of(source: Source) -> str:
    """`xlsx`, `xls`, `ods` or `text`. Raises TabularError for anything that cannot hold a table."""
    head = source.head()
    if head.startswith(_OLE):
        return _ole_kind(source)
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(source)
    if head.startswith(_PICTURES_AND_SUCH):
        raise not_a_table(source)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"<head")):
        raise TabularError(
            "web_page",
            _(
                "“%(file)s” is a web page with a spreadsheet's name, as some systems export it. "
                "Open it in Excel, save it as XLSX or CSV, and upload that file.",
                file=source.name,
            ),
        )
    return "text"


def not_a_table(source: Source) -> TabularError:
    return TabularError(
        "binary",
        _("“%(file)s” is not a table. Upload a CSV, XLSX, XLS or ODS file.", file=source.name),
    )


def encrypted(source: Source) -> TabularError:
    return TabularError(
        "encrypted",
        _(
            "“%(file)s” is protected by a password. Save it without one and upload it again.",
            file=source.name,
        ),
    )


def damaged(source: Source) -> TabularError:
    return TabularError(
        "damaged",
        _(
            "“%(file)s” is damaged. Open it in Excel, save it under a new name, and upload that file.",
            file=source.name,
        ),
    )


@contextmanager
def archive_errors(source: Source) -> Iterator[None]:
    """Whatever a broken archive makes its readers say, we say that it is damaged."""
    try:
        yield
    except (OSError, ValueError, LookupError, EOFError, NotImplementedError, zipfile.BadZipFile) as error:
        raise damaged(source) from error
    except (zlib.error, struct.error) as error:
        raise damaged(source) from error


def _ole_kind(source: Source) -> str:
    with source.open() as stream:
        content = stream.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise encrypted(source)
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return "xls"
    raise not_a_table(source)


def _zip_kind(source: Source) -> str:
    with archive_errors(source), source.open() as stream, zipfile.ZipFile(stream) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        if any(entry.flag_bits & 1 for entry in entries.values()):
            raise encrypted(source)
        if "xl/workbook.xml" in entries or "xl\\workbook.xml" in entries:
            return "xlsx"
        if "content.xml" in entries and "META-INF/manifest.xml" in entries:
            if b"encryption-data" in archive.open("META-INF/manifest.xml").read(4_000_000):
                raise encrypted(source)
            return "ods"
    if any(name.endswith((".bin", ".iwa", "document.xml", "presentation.xml")) for name in entries):
        raise TabularError(
            "other_office_file",
            _(
                "“%(file)s” is an office file of another kind. Open it, save it as XLSX or CSV, and upload that file.",
                file=source.name,
            ),
        )
    raise TabularError(
        "archive",
        _("“%(file)s” is an archive. Unpack it and upload the table that is inside.", file=source.name),
    )

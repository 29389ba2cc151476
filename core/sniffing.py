"""What a file is, told from its content: what its sender, its name or its header claims is not believed."""

from io import BytesIO

import puremagic
from PIL import Image, UnidentifiedImageError

IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
"""The formats that every browser shows and that hold nothing but a picture."""
MOST_PIXELS = 100_000_000
UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"
ACTIVE = ("html", "svg", "xml", "javascript", "ecmascript", "x-php", "x-httpd")
"""What a browser might run: kept as the plain text that it also is."""


def content_type_of(content: bytes, name: str = "") -> str:
    """The media type of some content. The name only decides between types that the content fits alike."""
    if image := image_type(content):
        return image
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if _is_text(content):
        return _kind_of_text(name)
    return _by_signature(content, name)


def image_type(content: bytes) -> str | None:
    """The type of a whole picture that a browser can show; None for anything else, however it begins."""
    try:
        with Image.open(BytesIO(content), formats=tuple(IMAGES)) as image:
            kind, (width, height) = IMAGES[image.format or ""], image.size
            image.verify()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, KeyError):
        return None
    return kind if 0 < width * height <= MOST_PIXELS else None


def _is_text(content: bytes) -> bool:
    if b"\0" in content[:8000]:
        return False
    try:
        content[:8000].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error.start > 7990  # a character cut in two at the end of what we looked at
    return True


def _kind_of_text(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return {"csv": "text/csv", "ics": "text/calendar", "vcf": "text/vcard"}.get(ending, PLAIN)


def _by_signature(content: bytes, name: str) -> str:
    try:
        found = [match for match in puremagic.magic_string(content) if match.mime_type]
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    fitting = [match for match in found if match.extension and name.lower().endswith(match.extension)]
    kind = (fitting or found)[0].mime_type if found else UNKNOWN
    return UNKNOWN if any(word in kind for word in ACTIVE) or kind.startswith("image/") else kind

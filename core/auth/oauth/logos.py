"""The picture of an app: whatever was uploaded, drawn anew as a small PNG, so that nothing else comes with it."""

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from core.errors import FieldProblem, Invalid
from core.i18n import _

LARGEST = 1024 * 1024
MOST_PIXELS = 4_000_000
SIDE = 128


def read_logo(content: bytes) -> bytes:
    """The picture as we keep it. Raises Invalid for what is none, or too large."""
    if len(content) > LARGEST:
        raise _not_a_logo()
    try:
        with Image.open(BytesIO(content), formats=["PNG", "JPEG", "WEBP", "GIF"]) as found:
            if found.width * found.height > MOST_PIXELS:
                raise _not_a_logo()
            drawn = found.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise _not_a_logo() from None
    drawn.thumbnail((SIDE, SIDE))
    drawn.save(kept := BytesIO(), "PNG")
    return kept.getvalue()


def _not_a_logo() -> Invalid:
    return Invalid([FieldProblem("logo", "not_an_image", _("Choose a PNG, JPEG or WebP picture of at most 1 MB."))])

"""Bringing a form to people: its address with the marks of a campaign, and as a picture to be scanned."""

from collections.abc import Mapping
from urllib.parse import urlencode

import segno

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
CLICKS = ("gclid", "wbraid", "gbraid", "fbclid", "msclkid", "ttclid", "clickid", "bd_vid", "qhclickid")
"""What advertising platforms put behind a link, to know the click again."""
MOST_MARK = 200


def marks_in(given: Mapping[str, str]) -> dict[str, str]:
    """The marks among what came with an address or a form."""
    found = {name: " ".join(str(given.get(name) or "").replace("\x00", "").split())[:MOST_MARK]
             for name in (*UTM, *CLICKS)}  # fmt: skip
    return {name: text for name, text in found.items() if text}


def marked(url: str, marks: Mapping[str, str]) -> str:
    """The address with these marks behind it."""
    return f"{url}?{urlencode(marks)}" if marks else url


def as_picture(url: str) -> str:
    """The address as an SVG that telephones read."""
    drawn: str = segno.make(url, error="m", micro=False).svg_inline(scale=8, border=2, dark="#000", light="#fff")
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)

"""Who took a sheet home, and when: on every page that is printed of it, behind its cells, and in its properties."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont
from xlsxwriter import Workbook

from core import current
from core.i18n import _, timezone

SIZE = (460, 260)
LEAN = 24
PAPER, INK = 255, 226
"""White and a grey that shows between the lines of a sheet and disturbs nobody who reads it."""
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)
"""Fonts with Chinese letters, where systems keep them. Without one, a name that needs them is drawn as an address."""
UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
"""What no system likes in the name of a file."""


@dataclass(frozen=True)
class Mark:
    name: str
    email: str
    workspace: str
    at: datetime
    export_id: UUID

    @property
    def when(self) -> str:
        """As everybody reads it, in whichever language the sheet is read."""
        return f"{self.at:%Y-%m-%d %H:%M}"

    def put_on(self, book: Workbook, title: str) -> None:
        """Mark all sheets of a workbook, before it is closed."""
        book.set_properties({"title": title, "author": self.name, "company": self.workspace, "created": self.at.replace(
            tzinfo=None), "comments": self.sentence})  # fmt: skip
        for key, value in (("Export", str(self.export_id)), ("Exported by", self.email), ("Exported at", self.when)):
            book.set_custom_property(key, value)
        picture = drawn(self.name, self.email, f"{self.when} · {self.workspace}")
        for sheet in book.worksheets():
            sheet.set_header(f"&L{_plain(title)}&R{_plain(self.workspace)}"[:255])
            sheet.set_footer(f"&L{_plain(self.name)} · {self.when}&C&P / &N&R{str(self.export_id)[-12:]}"[:255])
            sheet.set_background(BytesIO(picture))

    @property
    def sentence(self) -> str:
        return _("Exported by %(name)s (%(email)s) at %(when)s. Export %(id)s.", name=self.name, email=self.email,
                 when=self.when, id=self.export_id)  # fmt: skip


def mark_of(export_id: UUID) -> Mark | None:
    """The mark of what is exported now; None where nobody exports, or the workspace does without marks."""
    context = current.tenant()
    me = context.member
    if me is None or context.security.get("watermark", True) is False:
        return None
    return Mark(me.name, me.email, context.name, current.now().astimezone(timezone()), export_id)


def marked_name(title: str, ending: str, mark: Mark | None) -> str:
    """What a file is called: a CSV has no other place for a mark, and what comes back must be what went out."""
    if mark is None:
        return f"{title} {current.now():%Y-%m-%d}.{ending}"
    name = UNFIT.sub(" ", f"{title} {mark.at:%Y-%m-%d %H.%M} {mark.name}").strip(" .")
    return f"{name[:150]}.{ending}"


def _plain(text: str) -> str:
    """As it stands: in headers an ampersand begins a command."""
    return text.replace("&", "&&")[:80]


@lru_cache(50)
def drawn(name: str, email: str, below: str) -> bytes:
    """The picture behind the cells, as PNG: it is repeated over the whole sheet."""
    lines = [name if _can_draw(name) else email, below if _can_draw(below) else below.partition(" · ")[0]]
    paper = Image.new("L", SIZE, PAPER)
    pen = ImageDraw.Draw(paper)
    for number, (line, size) in enumerate(zip(lines, (26, 18), strict=True)):
        pen.text((SIZE[0] / 2, SIZE[1] / 2 - 16 + 34 * number), line[:40], fill=INK, font=_font(size), anchor="mm")
    out = BytesIO()
    paper.rotate(LEAN, resample=Image.Resampling.BILINEAR, fillcolor=PAPER).quantize(8).save(out, "PNG", optimize=True)
    return out.getvalue()


def _can_draw(text: str) -> bool:
    return _path() is not None or all(ord(letter) < 0x250 for letter in text)


@cache
def _path() -> str | None:
    return next((path for path in FONTS if Path(path).exists()), None)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = _path()
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)

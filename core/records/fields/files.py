"""Fields that hold files: any file, a picture, a signature."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from flask import render_template
from markupsafe import Markup

from core import current
from core.files import MAX_FILE, File, attach, files_named, may_attach
from core.i18n import _, _l, fmt_number
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.in_json import InJson
from core.records.fields.number import Integer
from core.settings import settings
from core.sniffing import IMAGES
from core.web.static_files import icon

MOST = 20
SHOWN = 3
ID = r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
LINKED = re.compile(rf"/files/({ID})\b", re.IGNORECASE)
PLAIN_LIST = re.compile(rf"\s*{ID}(\s*[;,，；\s]\s*{ID})*\s*[;,]?\s*", re.IGNORECASE)
ICONS = {"image": "photo", "video": "video", "audio": "music", "text": "file-text"}
ICONS_OF_TYPES = {"application/pdf": "file-type-pdf", "application/zip": "file-zip", "text/csv": "table"}


@dataclass(frozen=True)
class FileRef:
    """A file as a record names it. What is known of it besides the id never changes."""

    id: UUID
    name: str = field(default="", compare=False)
    size: int = field(default=0, compare=False)
    type: str = field(default="", compare=False)

    @property
    def url(self) -> str:
        """Where a member fetches it."""
        return f"/w/{current.tenant().slug}/files/{self.id}"

    @property
    def is_image(self) -> bool:
        return self.type in IMAGES.values()


def ref_of(file: File) -> FileRef:
    return FileRef(file.id, file.name, file.size, file.content_type)


class Files(InJson):
    """Files, several if it is so set. In JSON a list of ids when written, of what they are when read."""

    type_name = "file"
    icon = "paperclip"
    title = _l("File")
    widget = "own"
    wide = True
    importable = False
    json_types = (list,)
    configurable: ClassVar[tuple[str, ...]] = ("most",)
    target: ClassVar[str] = "file"
    template: ClassVar[str] = "records/_upload.html"
    accept: ClassVar[str] = ""
    kinds: ClassVar[tuple[str, ...]] = ()
    """The media types that it takes; none stands for all."""

    def __init__(self, label: Any, *, most: int | None = None, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.most = most or self.usual_most()

    @classmethod
    def usual_most(cls) -> int:
        return 10

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return {"most": Integer(_l("How many files at most"), range=(1, MOST))}

    # --- from outside ----------------------------------------------------------------------------------

    def from_form(self, form: Any, name: str) -> Any:
        """The files that stand in the form, without those that were crossed out."""
        gone = set(form.getlist(f"{name}-gone"))
        return [each for each in form.getlist(name) if each and each not in gone] or None

    def parse(self, raw: Any) -> list[FileRef] | None:
        if raw is None:
            return None
        if isinstance(raw, str):
            return self.parse(self._ids_in(raw)) if raw.replace("\x00", "").strip() else None
        if not isinstance(raw, list):
            raise FieldError("wrong_type", _("Send a list of ids of files."))
        refs = list(dict.fromkeys(self._ref(each) for each in raw))
        if len(refs) > self.most:
            raise FieldError("too_many", self._too_many())
        return refs or None

    def _too_many(self) -> str:
        return _("Choose at most %(limit)s files.", limit=self.most) if self.most > 1 else _("Choose only one file.")

    @staticmethod
    def _ids_in(text: str) -> list[str]:
        found = LINKED.findall(text) or (re.findall(ID, text, re.IGNORECASE) if PLAIN_LIST.fullmatch(text) else [])
        if not found:
            raise FieldError("not_a_file", _("Upload a file here. A name is not enough."))
        return found

    @staticmethod
    def _ref(raw: Any) -> FileRef:
        if isinstance(raw, FileRef):
            return raw
        told: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {"id": raw}
        try:
            return FileRef(
                UUID(str(told.get("id"))),
                str(told.get("name", "")),
                int(told.get("size") or 0),
                str(told.get("type", "")),
            )
        except (ValueError, TypeError):
            raise FieldError("not_a_file", _("Send a list of ids of files.")) from None

    def load(self, stored: Any) -> Any:
        return None if stored is None else [self._ref(each) for each in stored]

    def keep(self, record_type: str, record: Any, value: Any) -> Any:
        """The files themselves, attached to the record: what was told of them counts for nothing."""
        if value is None:
            return None
        files = files_named([ref.id for ref in value])
        for ref in value:
            file = files.get(ref.id)
            if file is None or not may_attach(file, record_type, record.id, self.key):
                raise FieldError("unknown_file", _("This file is not here, or belongs elsewhere. Upload it again."))
            self.check(file)
        for file in files.values():
            attach(file, record_type, record.id, self.key)
        return [ref_of(files[ref.id]) for ref in value]

    def check(self, file: File) -> None:
        """Raise FieldError for a file whose content is not of a kind that the field takes."""
        if self.kinds and file.content_type not in self.kinds:
            raise FieldError("wrong_content", self.wrong_content(file.name))

    def wrong_content(self, name: str) -> str:
        return _("“%(name)s” is not of a kind that this field takes.", name=name)

    # --- to outside ------------------------------------------------------------------------------------

    def dump(self, value: Any) -> Any:
        return None if value is None else [
            {"id": str(f.id), "name": f.name, "size": f.size, "type": f.type, "url": f"/api/v1/files/{f.id}/content"}
            for f in value
        ]  # fmt: skip

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "; ".join(f"{f.name} ({settings().base_url}{f.url})" for f in value or ())

    def typed(self, value: Any) -> Any:
        return [str(f.id) for f in value or ()] or None

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        shown = [chip(ref) for ref in (value or ())[:SHOWN]]
        if value and len(value) > SHOWN:
            shown.append(Markup('<span class="gx-muted">+{}</span>').format(len(value) - SHOWN))
        return Markup('<span class="gx-files">{}</span>').format(Markup("").join(shown)) if shown else ""

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        shown = Markup("").join(chip(ref, large=True) for ref in value or ())
        return Markup('<span class="gx-files gx-files-large">{}</span>').format(shown) if shown else ""

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        return Markup(render_template(
            self.template, of=self, name=name, attributes=attributes, refs=self.present(typed), most=self.most,
            accept=self.accept, limit=MAX_FILE // 1024**2,
        ))  # fmt: skip

    def present(self, typed: Any) -> Sequence[FileRef]:
        """The files whose ids stand in a form."""
        try:
            refs = [self._ref(each) for each in typed] if isinstance(typed, list) else self.parse(typed) or []
        except FieldError:
            return []
        files = files_named([ref.id for ref in refs])
        return [ref_of(files[ref.id]) for ref in refs if ref.id in files]

    def json_schema(self) -> dict[str, Any]:
        text, file_id = {"type": "string"}, {"type": "string", "format": "uuid"}
        told = {"id": file_id, "name": text, "size": {"type": "integer"}, "type": text, "url": text}
        named = {"type": "object", "required": ["id"], "properties": told}
        return {"type": "array", "maxItems": self.most, "items": {"anyOf": [file_id, named]}}

    def shown_schema(self) -> dict[str, Any]:
        named = self.json_schema()["items"]["anyOf"][1]
        return {"type": "array", "items": {**named, "required": list(named["properties"])}}

    def example(self) -> Any:
        return ["0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"]


class Images(Files):
    """Pictures that a browser shows. Whether it is one is told from the content."""

    type_name = "image"
    icon = "photo"
    title = _l("Image")
    accept = "image/png,image/jpeg,image/webp,image/gif"
    kinds = tuple(IMAGES.values())

    @classmethod
    def usual_most(cls) -> int:
        return 5

    def wrong_content(self, name: str) -> str:
        return _("“%(name)s” is not an image. Choose a PNG, JPEG, WebP or GIF.", name=name)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        shown = [thumbnail(ref) for ref in (value or ())[:SHOWN]]
        if value and len(value) > SHOWN:
            shown.append(Markup('<span class="gx-muted">+{}</span>').format(len(value) - SHOWN))
        return Markup('<span class="gx-files">{}</span>').format(Markup("").join(shown)) if shown else ""


class Signature(Images):
    """What somebody signed with: drawn, written, or uploaded; kept as a picture."""

    type_name = "signature"
    icon = "signature"
    title = _l("Signature")
    configurable = ()
    template = "records/_signature.html"

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, most=1, **rest)

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return {}


def chip(ref: FileRef, *, large: bool = False) -> Markup:
    """A file in a row of files: its icon or the picture itself, its name, and on a page its size."""
    if large and ref.is_image:
        return Markup(
            '<a class="gx-picture" href="{0}/view" hx-get="{0}/view" hx-target="#dialog-body" hx-swap="innerHTML"'
            ' hx-push-url="false"><img src="{0}/preview" alt="{1}" loading="lazy"></a>'
        ).format(ref.url, ref.name)
    size = Markup(' <span class="gx-muted">{}</span>').format(fmt_size(ref.size)) if large else ""
    return Markup('<a class="gx-file" href="{}">{}<span>{}</span>{}</a>').format(
        ref.url, icon(icon_of(ref.type)), ref.name, size
    )


def thumbnail(ref: FileRef) -> Markup:
    return Markup('<img class="gx-thumb" src="{}/preview" alt="{}" loading="lazy">').format(ref.url, ref.name)


def icon_of(content_type: str) -> str:
    return ICONS_OF_TYPES.get(content_type) or ICONS.get(content_type.partition("/")[0], "file")


def fmt_size(size: int) -> str:
    """A size as people say it: 12 KB, 3.4 MB."""
    if size < 1024:
        return _("%(size)s bytes", size=fmt_number(size))
    if size < 1024**2:
        return _("%(size)s KB", size=fmt_number(size // 1024))
    return _("%(size)s MB", size=fmt_number(round(size / 1024**2, 1)))

"""Values that are codes: bar codes and QR codes, colours, JSON."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import segno
from markupsafe import Markup, escape

from core.i18n import _, _l
from core.records.fields.base import MAX_TEXT, NO_NAMES, FieldError, FieldType, Names
from core.records.fields.choice import YesNo
from core.records.fields.in_json import InJson
from core.records.fields.text import Text
from core.web.static_files import icon

GTIN_LENGTHS = (8, 12, 13, 14)


class Barcode(Text):
    """What a bar code or QR code says, shown as a QR code on the record's page. EAN, UPC and GTIN numbers are checked
    by their last digit (GS1 General Specifications, 7.9) where the field asks for it."""

    type_name = "barcode"
    found = True
    icon = "qrcode"
    title = _l("Bar code / QR code")
    widget = "own"
    configurable = ("gtin",)

    def __init__(self, label: Any, *, gtin: bool = False, **rest: Any) -> None:
        super().__init__(label, max_length=300, **rest)
        self.gtin = gtin

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return {"gtin": YesNo(_l("Only EAN, UPC and GTIN numbers"))}

    def parse_text(self, text: str) -> str:
        code = super().parse_text(text)
        if self.gtin:
            code = re.sub(r"[\s-]", "", code)
            if not code.isascii() or not code.isdigit() or len(code) not in GTIN_LENGTHS or not _checks(code):
                raise FieldError("not_a_gtin", _("Enter an EAN or UPC number; its last digit does not fit."))
        return code

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return Markup('<span class="gx-num">{}</span>').format(value) if value else ""

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        code = Markup(segno.make(value, error="m", micro=False).svg_inline(scale=3, border=1))
        return Markup('<figure class="gx-code">{}<figcaption class="gx-num">{}</figcaption></figure>').format(
            code, value
        )

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        return Markup(
            '<div class="gx-input-group" data-scan="{}" data-icon="{}"><input class="gx-input gx-num" type="text" '
            'name="{}" value="{}" autocomplete="off"{}></div>'
        ).format(_("Scan with the camera"), str(icon("scan")), name, typed or "", attributes)

    def example(self) -> Any:
        return "6901234567892"


def _checks(code: str) -> bool:
    """The weighted sum of all digits, 3 and 1 in turn from the one before the last, is a multiple of ten."""
    digits = [int(d) for d in reversed(code)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


class Color(FieldType):
    """A colour as #rrggbb."""

    type_name = "color"
    icon = "palette"
    title = _l("Colour")
    widget = "own"

    def parse_text(self, text: str) -> str:
        code = text.lower().removeprefix("#")
        if re.fullmatch("[0-9a-f]{3}", code):
            code = "".join(c * 2 for c in code)
        if not re.fullmatch("[0-9a-f]{6}", code):
            raise FieldError("not_a_color", _("Enter a colour like #1677ff."))
        return f"#{code}"

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        swatch = Markup('<svg class="gx-swatch" viewBox="0 0 1 1" aria-hidden="true"><path d="M0 0h1v1H0z" fill="{}"/>'
                        '</svg> <span class="gx-num">{}</span>')  # fmt: skip
        return swatch.format(value, value)

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        shown = typed if isinstance(typed, str) and re.fullmatch("#[0-9a-f]{6}", typed) else "#000000"
        return Markup(
            '<div class="gx-input-group" data-color><input class="gx-input gx-color" type="color" value="{}" '
            'aria-label="{}" tabindex="-1"><input class="gx-input gx-num" type="text" name="{}" value="{}" '
            'placeholder="#1677ff" autocomplete="off"{}></div>'
        ).format(shown, _("Choose a colour"), name, typed or "", attributes)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}

    def example(self) -> Any:
        return "#1677ff"


class Json(InJson):
    """An object or list, as programs keep it."""

    type_name = "json"
    icon = "braces"
    title = _l("JSON")
    widget = "own"
    wide = True
    json_types = (dict, list)

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, str):
            raw = raw.strip()
            if not raw:
                return None
            try:
                raw = orjson.loads(raw)
            except orjson.JSONDecodeError as error:
                raise FieldError(
                    "not_json", _("This is no JSON: %(reason)s.", reason=str(error).partition(":")[0])
                ) from None
        if raw is None or raw == {} or raw == []:
            return None
        if not isinstance(raw, (Mapping, list)):
            raise FieldError("not_json", _('Enter a JSON object or list, like {"size": 3}.'))
        return _bounded(raw)

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "" if value is None else orjson.dumps(value).decode()

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return escape(self.text(value)[:200])

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if value is None:
            return ""
        pretty = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
        return Markup('<pre class="gx-json">{}</pre>').format(pretty)

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        shown = typed if isinstance(typed, str) else self.text(typed)
        return Markup(
            '<textarea class="gx-input gx-mono" name="{}" rows="4" spellcheck="false"{}>{}</textarea>'
        ).format(name, attributes, shown)

    def json_schema(self) -> dict[str, Any]:
        return {"oneOf": [{"type": "object"}, {"type": "array"}], "type": ["object", "array"]}

    def example(self) -> Any:
        return {"size": 3}


def _bounded(value: Any) -> Any:
    """The value, where it is plain JSON of a sensible size."""
    try:
        kept = orjson.dumps(value)
    except (TypeError, RecursionError, orjson.JSONEncodeError):
        raise FieldError("not_json", _('Enter a JSON object or list, like {"size": 3}.')) from None
    if len(kept) > MAX_TEXT * 10:
        raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=MAX_TEXT * 10))
    if b"\\u0000" in kept:
        raise FieldError("not_json", _('Enter a JSON object or list, like {"size": 3}.'))
    return orjson.loads(kept)

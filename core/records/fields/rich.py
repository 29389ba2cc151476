"""Rich text: paragraphs, lists, links and emphasis, kept as clean HTML."""

import re
from typing import Any

import nh3
import orjson
from markupsafe import Markup, escape

from core.i18n import _, _l
from core.records.fields.base import NO_NAMES, FieldError, Names
from core.records.fields.operators import EMPTY, NOT_EMPTY, TEXT_OPERATORS
from core.records.fields.text import LongText
from core.web.static_files import icon

TAGS = {"p", "br", "b", "strong", "i", "em", "u", "s", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code", "pre"}
BLOCK_END = re.compile("</(?:p|li|h3|h4|blockquote|pre)>|<br>")


class RichText(LongText):
    """Formatted text. Whatever is pasted into it is cleaned; plain text becomes paragraphs."""

    type_name = "rich_text"
    icon = "text-recognition"
    title = _l("Rich text")
    widget = "own"
    operators = {
        "contains": TEXT_OPERATORS["contains"],
        "not_contains": TEXT_OPERATORS["not_contains"],
        "empty": EMPTY,
        "not_empty": NOT_EMPTY,
    }

    def parse_text(self, text: str) -> Any:
        if len(text) > self.limit:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=self.limit))
        if "<" not in text or not nh3.is_html(text):
            lines = (escape(line) for line in text.replace("\r\n", "\n").split("\n\n"))
            text = "".join(f"<p>{str(line).replace(chr(10), '<br>')}</p>" for line in lines)
        clean = nh3.clean(text, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"})
        return clean if Markup(clean).striptags() else None

    def load(self, stored: Any) -> Any:
        return stored

    def indexed(self, value: Any) -> Any:
        return super().indexed(plain(value))

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return value or ""

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return plain(value)

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return Markup('<div class="gx-rich">{}</div>').format(Markup(value)) if value else ""

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        tools = {"bold": ("bold", _("Bold")), "italic": ("italic", _("Italic")), "list": ("list", _("List")),
                 "numbers": ("list-numbers", _("Numbered list")), "quote": ("blockquote", _("Quotation")),
                 "link": ("link", _("Link")), "clear": ("clear-formatting", _("Without formatting"))}  # fmt: skip
        drawn = {name: {"icon": str(icon(of)), "label": label} for name, (of, label) in tools.items()}
        return Markup('<textarea class="gx-input" name="{}" rows="5" data-rich="{}"{}>{}</textarea>').format(
            name, orjson.dumps(drawn).decode(), attributes, typed or ""
        )

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.limit, "description": "HTML"}

    def example(self) -> Any:
        return "<p>Wants <b>three</b> offers.</p>"


def plain(value: str | None) -> str:
    """The words of it alone."""
    return Markup(BLOCK_END.sub(r"\g<0> ", value or "")).striptags()

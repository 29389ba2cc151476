"""What the templates of the rooms may ask for anywhere."""

from datetime import datetime
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from core import current
from core.i18n import _, fmt_date, timezone
from core.records.text import HAN
from core.records.told import value_told
from core.records.types import RECORD_TYPES, find_type


def init_shown(app: Flask) -> None:
    """Make it known to all templates: fragments are drawn from many views."""
    app.jinja_env.globals.update(
        day_of=day_of,
        field_html=field_html,
        me=current.member_id,
        monogram=monogram,
        my_name=my_name,
        told=told,
        type_icon=type_icon,
    )


def day_of(moment: datetime) -> str:
    """Today, yesterday, else the date."""
    today, day = datetime.now(timezone()).date(), moment.astimezone(timezone()).date()
    return {0: _("Today"), 1: _("Yesterday")}.get((today - day).days) or fmt_date(moment)


def monogram(name: str) -> str:
    """A company by the first sign of a Chinese name (the last say no more than "company"), else by its initials."""
    return name[:1] if HAN.match(name) else name


def type_icon(name: str) -> str:
    """The icon of a record type; a neutral one where it is not installed any more."""
    found = find_type(name)
    return found.icon if found else "file"


def field_html(type_name: str, key: str, record: Any) -> Markup:
    """A field of a record as the member may see it, of those that need no names; empty where it is hidden."""
    made = RECORD_TYPES[type_name].field(key)
    return escape(made.html(made.get(record))) if made else Markup()


def told(type_name: str, key: str, record: Any) -> Any:
    """What a field of a record holds where the member may read it, else nothing."""
    return value_told(RECORD_TYPES[type_name], key, record)


def my_name() -> str:
    """The name one is called by: the first of several words, a Chinese name whole."""
    return current.member().name.split()[0]

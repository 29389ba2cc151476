"""What happens to the web forms themselves."""

from dataclasses import dataclass
from typing import ClassVar

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class FormMade(Event):
    name = "leads.form_made"
    label = _l("Web form made")
    text = _l("made the web form “{title}”")
    icon = "browser-plus"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class FormChanged(Event):
    name = "leads.form_changed"
    label = _l("Web form changed")
    text = _l("changed the web form “{title}”")
    icon = "browser-check"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class FormDeleted(Event):
    name = "leads.form_deleted"
    label = _l("Web form deleted")
    text = _l("deleted the web form “{title}”")
    icon = "browser-x"
    audited: ClassVar[bool] = True

    title: str

"""What makes a web form: every part of it looked at, whoever sent it."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
from sqlalchemy import select

from core.sdk import Asked, DateTime, MemberRow, _, _l, get, session, tenant_id
from plugins.leads.models import SOURCES, Campaign
from plugins.leads.services.forms.asking import OPS
from plugins.leads.services.forms.fitting import WAYS, WRITTEN, fields_that_fit

SITE = re.compile(r"https://(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}(?::\d{1,5})?")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
MOST_SITES, MOST_STEPS, MOST_FIELDS, MOST_TOLD = 20, 10, 60, 20
STANDARD = [{"title": "", "fields": [{"key": key} for key in ("name", "company", "phone", "email", "need")]}]
"""What a new form asks for."""


def checked_sites(typed: Any) -> list[str]:
    """Sites as a browser names them. Raises ValidationError for what is none."""
    lines = typed.splitlines() if isinstance(typed, str) else typed
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ma.ValidationError(_("Send a list of sites."))
    sites = dict.fromkeys(line.strip().rstrip("/").lower() for line in lines if line.strip())
    for site in sites:
        if not SITE.fullmatch(site):
            raise ma.ValidationError(_("“%(site)s” is no site. Write https://, then its name.", site=site[:100]))
    if len(sites) > MOST_SITES:
        raise ma.ValidationError(_("Name at most %(most)s sites.", most=MOST_SITES))
    return list(sites)


def checked_address(typed: Any) -> str:
    """A page on the web to go on to. Raises ValidationError for any other."""
    text = typed.strip() if isinstance(typed, str) else str(typed)
    if text and not _is_page(text):
        raise ma.ValidationError(_("Give the whole address of a page that begins with https://."))
    return text


def _is_page(text: str) -> bool:
    if len(text) > 1000 or not text.isascii() or re.search(r"[\s\\<>\"\x00-\x1f]", text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and "." in (parts.hostname or "") and not parts.username and parts.port != 0
    except ValueError:
        return False


# --- pages and fields ----------------------------------------------------------------------------------


def checked_steps(given: Any) -> list[dict[str, Any]]:
    """The pages as they are kept. Raises ValidationError with the first thing that is wrong."""
    if (
        not isinstance(given, list)
        or not 1 <= len(given) <= MOST_STEPS
        or not all(isinstance(s, Mapping) for s in given)
    ):
        raise ma.ValidationError(_("A form has one to %(most)s pages.", most=MOST_STEPS))
    fit = fields_that_fit()
    before: list[str] = []
    kept: list[dict[str, Any]] = []
    for step in given:
        places = step.get("fields", [])
        if not isinstance(places, list) or not all(isinstance(place, Mapping) for place in places):
            raise ma.ValidationError(_("Send the fields of each page as a list."))
        made = []
        for place in places:
            made.append(_place(place, fit, before))
            before.append(made[-1]["key"])
        kept.append({"title": _words(step.get("title"), 200), "fields": made})
    kept = [step for step in kept if step["fields"]]
    _check_whole([place for step in kept for place in step["fields"]])
    return kept


def _place(given: Mapping[str, Any], fit: Mapping[str, Any], before: list[str]) -> dict[str, Any]:
    key = given.get("key")
    if not isinstance(key, str) or key not in fit:
        raise ma.ValidationError(_("A form cannot ask for “%(field)s”.", field=str(key)[:100]))
    if key in before:
        raise ma.ValidationError(_("“%(field)s” is on the form twice.", field=fit[key].label))
    made: dict[str, Any] = {"key": key}
    for name, most in (("label", 200), ("placeholder", 200), ("help", 500)):
        if text := _words(given.get(name), most):
            made[name] = text
    if fit[key].widget not in WRITTEN:
        made.pop("placeholder", None)
    if given.get("required"):
        made["required"] = True
    if given.get("when") is not None:
        made["when"] = _when(given["when"], fit, before, str(fit[key].label))
    return made


def _when(given: Any, fit: Mapping[str, Any], before: list[str], label: str) -> dict[str, Any]:
    asked, op = (given.get("field"), given.get("op", "is")) if isinstance(given, Mapping) else (None, None)
    if op not in OPS:
        raise ma.ValidationError(_("Say when “%(field)s” is shown.", field=label))
    if asked not in before:
        raise ma.ValidationError(_("“%(field)s” can depend only on a field that comes before it.", field=label))
    if op == "filled":
        return {"field": asked, "op": op, "value": []}
    values = given.get("value")
    values = values if isinstance(values, list) else [values]
    texts = [_words(each, 200) for each in values[:50] if isinstance(each, str)]
    texts = [text for text in texts if text]
    if not texts:
        name = fit[asked].label
        raise ma.ValidationError(
            _("Say for which “%(asked)s” the field “%(field)s” is shown.", asked=name, field=label)
        )
    return {"field": asked, "op": op, "value": texts}


def _check_whole(places: list[dict[str, Any]]) -> None:
    by_key = {place["key"]: place for place in places}
    if "name" not in by_key or "when" in by_key["name"]:
        raise ma.ValidationError(_("Ask everybody for the name: no lead is without one."))
    if not set(WAYS) & set(by_key):
        raise ma.ValidationError(_("Ask for a phone number or an e-mail address, or nobody can be answered."))
    if len(places) > MOST_FIELDS:
        raise ma.ValidationError(_("A form has at most %(most)s fields.", most=MOST_FIELDS))


def _words(given: Any, most: int) -> str:
    return " ".join(given.replace("\x00", "").split())[:most] if isinstance(given, str) else ""


# --- the whole -----------------------------------------------------------------------------------------


class Sites(ma.fields.Field[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> Any:
        return checked_sites(value)


class Page(ma.fields.Field[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> Any:
        return checked_address(value)


class Steps(ma.fields.Field[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> Any:
        return checked_steps(value)


class CampaignId(ma.fields.UUID):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        found = super()._deserialize(value, attr, data, **rest)
        campaign = get(Campaign, found)
        if campaign is None or campaign.deleted_at is not None:
            raise ma.ValidationError(_("There is no such campaign."))
        return found


class Members(ma.fields.List[Any]):
    """Members who work here, by their ids."""

    def __init__(self, **options: Any) -> None:
        super().__init__(ma.fields.UUID(), validate=ma.validate.Length(max=MOST_TOLD), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        wanted = list(dict.fromkeys(each for each in super()._deserialize(value, attr, data, **rest) if each))
        here = select(MemberRow.id).where(
            MemberRow.tenant_id == tenant_id(), MemberRow.id.in_(wanted), MemberRow.status == "active"
        )
        if wanted and len(session().scalars(here).all()) < len(wanted):
            raise ma.ValidationError(_("One of them does not work here."))
        return [str(each) for each in wanted]


class FormInput(ma.Schema):
    """What makes a web form. What is not sent stays as it was."""

    title = ma.fields.String()
    intro = ma.fields.String(validate=ma.validate.Length(max=2000))
    steps = Steps()
    thanks = ma.fields.String(validate=ma.validate.Length(max=2000))
    redirect_to = Page()
    accent = ma.fields.String()
    active = ma.fields.Boolean()
    closes_at = Asked(DateTime(_l("Closes on")), required=False)
    most_entries = ma.fields.Integer(allow_none=True, validate=ma.validate.Range(1, 1_000_000))
    consent_text = ma.fields.String(validate=ma.validate.Length(max=5000))
    consent_required = ma.fields.Boolean()
    double_opt_in = ma.fields.Boolean()
    plain_post = ma.fields.Boolean()
    embedded_in = Sites()
    source = ma.fields.String(validate=ma.validate.OneOf([option.value for option in SOURCES]))
    campaign = CampaignId(allow_none=True, attribute="campaign_id")
    tell = Members()

    @ma.validates("title")
    def has_title(self, title: str, **_rest: Any) -> None:
        if not title.strip() or len(title) > 200:
            raise ma.ValidationError(_("Give the form a title of at most 200 characters."))

    @ma.validates("accent")
    def is_colour(self, accent: str, **_rest: Any) -> None:
        if accent and not COLOUR.fullmatch(accent):
            raise ma.ValidationError(_("Choose a colour."))


def check_together(values: Mapping[str, Any]) -> None:
    """What the parts of a form must be to each other. Raises ValidationError, each beside its field."""
    keys = {place["key"] for step in values["steps"] for place in step["fields"]}
    wrong = {}
    if values["double_opt_in"] and "email" not in keys:
        wrong["double_opt_in"] = [_("Ask for an e-mail address, to which the link to confirm can go.")]
    if values["plain_post"] and not values["embedded_in"]:
        wrong["plain_post"] = [_("Name the sites below from which it may be posted.")]
    if wrong:
        raise ma.ValidationError(wrong)

"""What strangers send by a form: a lead at once, or once they have confirmed that it was them."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from core.sdk import (
    Conflict,
    DomainError,
    Email,
    FieldError,
    FieldProblem,
    Invalid,
    _,
    _l,
    fmt_datetime,
    locale,
    new_id,
    notify,
    now,
    send_mail,
    session,
    tenant,
    tenant_id,
)
from plugins.leads.models import Lead
from plugins.leads.models.form import FormEntry, LeadForm
from plugins.leads.services.capturing import capture_lead
from plugins.leads.services.channels.campaigns import campaign_of
from plugins.leads.services.forms.asking import Answers, steps_of
from plugins.leads.services.forms.counting import count
from plugins.leads.services.forms.reading import read_answers, spoken
from plugins.leads.services.telling import address

GOOD_FOR = timedelta(days=3)
"""So long a link to confirm works, and so long is kept what was said."""
MAILS_TO_ONE = 3
"""A day, whoever asks for them: nobody's mailbox is flooded by way of us."""
MAILS_OF_UNPROVEN = 60
"""An hour, for each form."""
MOST_KEPT = 2_000
"""Characters of one answer that waits."""
CONFIRM_TO = "confirm_email"
"""Where a form that asks for no e-mail address is given one, only to confirm."""
AGREED = "consent"


class Closed(DomainError):
    """The form takes nothing, or nothing any more."""

    status = 410
    code = "form_closed"


class Kept(dict[str, list[str]]):
    """What was posted, as it waited."""

    def get(self, name: str, default: Any = None) -> Any:
        return self[name][0] if self.getlist(name) else default

    def getlist(self, name: str) -> list[str]:
        return super().get(name) or []


def why_closed(form: LeadForm) -> str | None:
    """Why the form takes nothing now; None while it does."""
    if not form.active:
        return _("This form is closed.")
    if form.closes_at is not None and form.closes_at <= now():
        return _("This form closed on %(date)s.", date=fmt_datetime(form.closes_at))
    if form.most_entries is not None and _number_of_entries(form) >= form.most_entries:
        return _("This form is full: nothing more is taken.")
    return None


def submit_form(form: LeadForm, answers: Answers, touch: Mapping[str, Any], link: str, *, trusted: bool) -> FormEntry:
    """Catch the lead that a stranger left. The entry waits for a confirmation where the form wants one, or where
    nothing tells the stranger from a machine; `link` is where the mail leads to, with `TOKEN` in it.

    Raises Closed, Invalid, Conflict.
    """
    if form.most_entries is not None:
        session().execute(select(LeadForm.id).where(LeadForm.tenant_id == tenant_id(), LeadForm.id == form.id)
                          .with_for_update())  # fmt: skip
    if closed := why_closed(form):
        raise Closed(closed)
    values, consent = _read(form, answers)
    touch = {**touch, "consent": consent}
    if trusted and not form.double_opt_in:
        return _take_in(form, FormEntry(id=new_id(), form_id=form.id, at=now(), touch=touch), values)
    email = values.get("email") or _email_to_confirm(answers)
    entry = FormEntry(id=new_id(), form_id=form.id, at=now(), touch=touch, email=email, answers=_kept(form, answers))
    return _ask_to_confirm(form, entry, spoken(form, values), link, trusted=trusted)


def confirm_entry(form: LeadForm, token: str) -> FormEntry:
    """It was them: catch the lead. A second time changes nothing. Raises Closed, Invalid."""
    entry = entry_to_confirm(form, token, lock=True)
    if entry.confirmed_at is not None:
        return entry
    if closed := why_closed(form):
        raise Closed(closed)
    return _take_in(form, entry, read_answers(form, Kept(entry.answers)))


def entry_to_confirm(form: LeadForm, token: str, *, lock: bool = False) -> FormEntry:
    """The entry that a link of a mail is about. Raises Closed where it has expired."""
    found = select(FormEntry).where(
        FormEntry.tenant_id == tenant_id(), FormEntry.token == hashed(token), FormEntry.form_id == form.id
    )
    entry = session().scalars(found.with_for_update() if lock else found).one_or_none()
    if entry is None or (entry.confirmed_at is None and entry.expires_at is not None and entry.expires_at <= now()):
        raise Closed(_("This link has expired. Fill in the form once more."), code="link_expired")
    return entry


def words_of(form: LeadForm, entry: FormEntry) -> dict[str, str]:
    """What an entry that waits says."""
    try:
        return spoken(form, read_answers(form, Kept(entry.answers)))
    except Invalid:
        return {}


def forget_unconfirmed() -> None:
    """Delete what nobody confirmed in time."""
    late = (FormEntry.confirmed_at.is_(None), FormEntry.expires_at <= now())
    session().execute(delete(FormEntry).where(FormEntry.tenant_id == tenant_id(), *late))


def consent_to(form: LeadForm, answers: Answers) -> dict[str, Any] | None:
    """What was agreed to, in the wording that was read. Raises Invalid where the form needs it, or where the wording
    has changed since."""
    if not form.consent_text.strip():
        return None
    if not answers.get(AGREED):
        if form.consent_required:
            raise Invalid([FieldProblem(AGREED, "required", _("We may write to you only if you agree to this."))])
        return None
    if (answers.get(f"{AGREED}_version") or str(form.consent_version)) != str(form.consent_version):
        changed = _("The wording has changed meanwhile. Read it, and agree once more.")
        raise Invalid([FieldProblem(AGREED, "changed", changed)])
    return {"version": form.consent_version, "text": form.consent_text, "at": now().isoformat()}


def _read(form: LeadForm, answers: Answers) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The values and what was agreed to. Raises Invalid with the faults of both."""
    problems: list[FieldProblem] = []
    values: dict[str, Any] = {}
    consent = None
    try:
        values = read_answers(form, answers)
    except Invalid as invalid:
        problems += invalid.problems
    try:
        consent = consent_to(form, answers)
    except Invalid as invalid:
        problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return values, consent


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- the lead ------------------------------------------------------------------------------------------


def _take_in(form: LeadForm, entry: FormEntry, values: dict[str, Any]) -> FormEntry:
    utm = entry.touch.get("utm") or {}
    detail = " · ".join([form.title, *(utm[name] for name in utm if name.startswith("utm_"))])[:500]
    values = {**values, "source_detail": detail}
    if form.campaign_id and not campaign_of(utm):
        values["campaign"] = form.campaign_id
    touch = {key: value for key, value in entry.touch.items() if value} | {
        "via": {"form": str(form.id)}, "name": form.title, "source_detail": detail, "said": spoken(form, values)
    }  # fmt: skip
    lead = capture_lead(values, source=form.source, touch=touch)
    entry.lead_id, entry.answers, entry.expires_at, entry.confirmed_at = lead.id, {}, None, now()
    session().add(entry)
    session().flush()
    count(form, "sent")
    _tell(form, lead)
    return entry


def _tell(form: LeadForm, lead: Lead) -> None:
    members = [UUID(each) for each in form.tell if UUID(each) != lead.owner_id]
    notify(members, _l("%(lead)s filled in “%(form)s”."), url=address(lead), icon="browser-check", lead=lead.name,
           form=form.title)  # fmt: skip


def _number_of_entries(form: LeadForm) -> int:
    """Those that are leads."""
    mine = (FormEntry.tenant_id == tenant_id(), FormEntry.form_id == form.id, FormEntry.confirmed_at.is_not(None))
    return session().scalar(select(func.count()).select_from(FormEntry).where(*mine)) or 0


# --- what waits ----------------------------------------------------------------------------------------


def _email_to_confirm(answers: Answers) -> str:
    try:
        found = Email(_l("E-mail")).parse(answers.get(CONFIRM_TO))
    except FieldError as error:
        raise Invalid([FieldProblem(CONFIRM_TO, error.code, error.message)]) from None
    if found is None:
        message = _("Your browser runs no scripts, which tell people from machines. Leave an e-mail address instead: we"
                    " send you a link, and your answers count once you open it.")  # fmt: skip
        raise Invalid([FieldProblem(CONFIRM_TO, "required", message)])
    return str(found)


def _ask_to_confirm(
    form: LeadForm, entry: FormEntry, said: Mapping[str, str], link: str, *, trusted: bool
) -> FormEntry:
    """Send the link, once. An address that had enough of them today gets no more, and nobody learns of that."""
    if not trusted and _mails(FormEntry.form_id == form.id, since=timedelta(hours=1)) >= MAILS_OF_UNPROVEN:
        raise Conflict(_("Too many people are sending this form without scripts. Switch scripts on, or come later."))
    token = secrets.token_urlsafe(24)
    entry.token, entry.expires_at = hashed(token), now() + GOOD_FOR
    if _mails(FormEntry.email == entry.email, since=timedelta(days=1)) >= MAILS_TO_ONE:
        return entry
    session().add(entry)
    session().flush()
    send_mail(
        str(entry.email), "leads/form_confirm", locale(), company=tenant().name, title=form.title,
        said=dict(said), url=link.replace("TOKEN", token), days=GOOD_FOR.days,
    )  # fmt: skip
    return entry


def _mails(whose: Any, *, since: timedelta) -> int:
    sent = (FormEntry.tenant_id == tenant_id(), FormEntry.token.is_not(None), FormEntry.at > now() - since, whose)
    return session().scalar(select(func.count()).select_from(FormEntry).where(*sent)) or 0


def _kept(form: LeadForm, answers: Answers) -> dict[str, list[str]]:
    """What was posted for the fields of the form, and nothing else."""
    keys = tuple(each.key for step in steps_of(form) for each in step.questions)
    return {
        name: [value.replace("\x00", "")[:MOST_KEPT] for value in answers.getlist(name)[:50]]
        for name in set(answers.keys())
        if name in keys or name.startswith(tuple(f"{key}{mark}" for key in keys for mark in ("_", "-")))
    }

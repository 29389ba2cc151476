"""From a mail to its lead: the one of its thread, or whoever wrote it."""

from typing import Any

from sqlalchemy import func, select

from core.sdk import (
    Conflict,
    DomainError,
    FieldError,
    MemberRow,
    _,
    _l,
    attach,
    emit,
    get,
    keep_file,
    new_id,
    notify,
    now,
    savepoint,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.events.channels import MailReceived
from plugins.leads.models import Lead, Mail, Mailbox
from plugins.leads.services.capturing import capture_lead
from plugins.leads.services.channels.cards import HIGH, read_card
from plugins.leads.services.channels.mails.reading import Letter
from plugins.leads.services.telling import about, address

EXCERPT = 300
SIGNATURE_LINES = 12
FROM_SIGNATURE = ("phone", "company", "title", "wechat")


def is_known(message_id: str) -> bool:
    """Whether the mail was taken before, from this mailbox or another."""
    same = select(Mail.id).where(Mail.tenant_id == tenant_id(), Mail.message_id == message_id)
    return session().scalar(same) is not None


def take_letter(mailbox: Mailbox, letter: Letter) -> Mail:
    """Keep a mail, and give it to its lead. One that is no lead's is kept with the reason."""
    mail = Mail(
        id=new_id(), mailbox_id=mailbox.id, message_id=letter.message_id, refers_to=letter.refers_to, at=letter.at,
        taken_at=now(), from_name=letter.from_name or None, from_email=letter.from_email or None,
        subject=letter.subject, body=letter.body, quoted=letter.quoted, size=letter.size, files=[], outcome="failed",
    )  # fmt: skip
    try:
        with savepoint():
            _give(mailbox, mail, letter)
    except DomainError as error:
        mail.outcome, mail.reason, mail.lead_id = "failed", error.message, None
    session().add(mail)
    session().flush()
    return mail


def make_lead_of(mail: Mail) -> Lead:
    """Make a lead of a mail that was left out. Raises Conflict where it has one, Invalid where nobody can be told."""
    mailbox = get(Mailbox, mail.mailbox_id)
    if mail.lead_id is not None:
        raise Conflict(_("This mail has a lead already."))
    lead = capture_lead(_values(mailbox, mail), source="mail", touch=_touch(mail))
    mail.lead_id, mail.reason, mail.outcome = lead.id, None, "joined" if lead.touches > 1 else "caught"
    _tell_of(mail, lead)
    return lead


def _give(mailbox: Mailbox, mail: Mail, letter: Letter) -> None:
    lead = _of_thread(letter)
    if lead is not None and not letter.unwanted:
        mail.outcome, mail.lead_id = "thread", lead.id
        _keep_files(mail, letter, lead)
        _tell_of(mail, lead)
        _tell_owner(mail, lead)
        return
    if reason := letter.unwanted or _of_ours(mailbox, letter):
        mail.outcome, mail.reason, mail.body, mail.quoted = "ignored", reason, letter.body[:2000], ""
        return
    lead = capture_lead(_values(mailbox, mail), source="mail", touch=_touch(mail))
    mail.outcome, mail.lead_id = "joined" if lead.touches > 1 else "caught", lead.id
    _keep_files(mail, letter, lead)
    _tell_of(mail, lead)


def _of_thread(letter: Letter) -> Lead | None:
    """The lead of the latest mail that this one answers."""
    if not letter.refers_to:
        return None
    found = (
        select(Lead)
        .join(Mail, (Mail.tenant_id == Lead.tenant_id) & (Mail.lead_id == Lead.id))
        .where(Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None))
        .where(Mail.tenant_id == tenant_id(), Mail.message_id.in_(letter.refers_to))
        .order_by(Mail.at.desc(), Mail.id.desc())
        .limit(1)
    )
    return session().scalars(found).one_or_none()


def _of_ours(mailbox: Mailbox, letter: Letter) -> str:
    if letter.from_email and letter.from_email == mailbox.username.lower():
        return _("From the mailbox itself.")
    colleague = select(MemberRow.id).where(
        MemberRow.tenant_id == tenant_id(), func.lower(MemberRow.email) == letter.from_email,
        MemberRow.status == "active",
    )  # fmt: skip
    if letter.from_email and session().scalar(colleague.limit(1)) is not None:
        return _("From a colleague.")
    return ""


def _values(mailbox: Mailbox | None, mail: Mail) -> dict[str, Any]:
    """What a mail tells of its writer: who they are by its head, more by what stands surely below the text."""
    lead = type_named("lead")
    signed = read_card("\n".join(mail.body.splitlines()[-SIGNATURE_LINES:]))
    told: dict[str, Any] = {"email": mail.from_email}
    for key in FROM_SIGNATURE:
        if key in signed and (signed[key].sure == HIGH or key == "phone"):
            told[key] = signed[key].value
    card_name = signed["name"].value if "name" in signed and signed["name"].sure > 1 else ""
    told["name"] = mail.from_name or card_name or (mail.from_email or "").partition("@")[0]
    told["need"] = "\n".join(filter(None, [mail.subject, mail.body]))[:3000]
    values: dict[str, Any] = {"source_detail": mailbox.name if mailbox else None}
    for key, text in told.items():
        try:
            values[key] = lead.all_fields()[key].parse(text)
        except FieldError:
            continue
    if not values.get("name"):
        values["name"] = values.get("phone")
    if not (values.get("email") or values.get("phone")):
        raise Conflict(_("The mail does not say who wrote it."))
    if mailbox and mailbox.campaign_id:
        values["campaign"] = mailbox.campaign_id
    return {key: value for key, value in values.items() if value is not None}


def _touch(mail: Mail) -> dict[str, Any]:
    return {
        "via": {"mailbox": str(mail.mailbox_id), "mail": str(mail.id)},
        "said": {"subject": mail.subject},
        "name": mail.subject[:100],
        "at": mail.at,
    }


def _keep_files(mail: Mail, letter: Letter, lead: Lead) -> None:
    kept: list[dict[str, Any]] = []
    for each in letter.files:
        if each.refused:
            kept.append({"name": each.name, "refused": each.refused})
            continue
        file = keep_file(each.name, each.content)
        attach(file, "lead", lead.id)
        kept.append({"id": str(file.id), "name": file.name, "size": file.size})
    mail.files = kept


def _tell_of(mail: Mail, lead: Lead) -> None:
    sender = mail.from_name or lead.name  # the address may be covered for those who read the history
    emit(MailReceived(**about(lead), sender=sender, subject=mail.subject or mail.body[:80], mail_id=mail.id))


def _tell_owner(mail: Mail, lead: Lead) -> None:
    if lead.owner_id:
        text = _l("%(lead)s answered: %(subject)s")
        notify([lead.owner_id], text, url=address(lead), icon="mail", lead=lead.name, subject=mail.subject[:200])

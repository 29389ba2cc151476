"""Mails that belong to no workspace: written with the change that makes them necessary, sent by a worker.

The page answers at once and takes as long for a known address as for an unknown one; a mail server that is down
delays the mail and loses nothing.
"""

import structlog
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from core import current, db, jobs
from core.auth.models import AccountMail
from core.letters import write_letter
from core.mail import MailFailed, OutgoingMail, deliver

log = structlog.get_logger()


def write_account_mail(session: Session, email: str, template: str, locale: str, **values: object) -> None:
    """Have a mail sent once this transaction is committed. Then call `wake`."""
    session.add(AccountMail(email=email, template=template, locale=locale, values=values))


def wake() -> None:
    jobs.wake("quick")


def send_waiting() -> int:
    """Send what is due, each mail in a transaction of its own. A server that is down is asked only once."""
    sent = 0
    while True:
        with db.role_session("auth") as session:
            mail = session.scalars(_next()).first()
            if mail is None:
                return sent
            if not _send(session, mail):
                return sent
        sent += 1


def _next() -> Select[AccountMail]:
    due = select(AccountMail).where(AccountMail.due_at <= current.now())
    return due.order_by(AccountMail.due_at).limit(1).with_for_update(skip_locked=True)


def _send(session: Session, mail: AccountMail) -> bool:
    """Whether to go on with the next one."""
    try:
        letter = write_letter(mail.template, mail.locale, **mail.values)
        deliver(OutgoingMail(mail.email, letter.subject, letter.text, letter.html))
    except Exception as error:
        return _failed(session, mail, error)
    session.delete(mail)
    return True


def _failed(session: Session, mail: AccountMail, error: Exception) -> bool:
    """Try again later, the others with it when it is the server's fault; after a good hour, give the mail up."""
    mail.attempts += 1
    refused_for_good = isinstance(error, MailFailed) and not error.temporary
    again = None if refused_for_good else jobs.retry_at(mail.attempts)
    log.error(
        "account_mail_failed", template=mail.template, attempts=mail.attempts, given_up=again is None, exc_info=True
    )
    if again is None:
        session.delete(mail)
        return True
    session.execute(update(AccountMail).where(AccountMail.due_at <= current.now()).values(due_at=again))
    return False

"""Telling a user by mail what was changed in how they sign in, so that nobody else changes it unnoticed."""

from typing import Any

from sqlalchemy.orm import Session

from core.auth.account_mail import write_account_mail
from core.auth.models import User
from core.i18n import locale


def write_news(session: Session, user: User, news: str, **values: Any) -> None:
    """`news` is one of those that `mail/security_news.txt` knows. Call `account_mail.wake` after the commit."""
    told = {"news": news, "name": user.name} | values
    write_account_mail(session, user.email, "security_news", user.locale or locale(), **told)

"""What of an e-mail address or a phone number says whose it is."""

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

from core.sdk import PUBLIC_DOMAINS

DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Providers that take an address with and without dots for the same: nobody else is known to."""
SHARED = {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN, PhoneNumberType.SHARED_COST}


def email_key(email: str | None) -> str:
    """The mailbox behind an address: without what stands after a plus, and without dots where they mean nothing."""
    local, at, domain = (email or "").strip().lower().rpartition("@")
    mailbox = local.partition("+")[0] or local
    if domain in DOTLESS:
        return f"{mailbox.replace('.', '')}@{DOTLESS[domain]}"
    return f"{mailbox}{at}{domain}"


def mail_domain(email: str | None) -> str:
    """The domain of an address where it says who somebody works for: none where anybody may have a mailbox."""
    domain = (email or "").strip().lower().rpartition("@")[2]
    return "" if domain in PUBLIC_DOMAINS else domain


@lru_cache(maxsize=10_000)
def is_shared(phone: str) -> bool:
    """Whether several people may be behind a number: a line of an office, not somebody's own mobile."""
    if phone.startswith("+861") and len(phone) == 14:
        return False
    try:
        return phonenumbers.number_type(phonenumbers.parse(phone.partition(";")[0])) in SHARED
    except phonenumbers.NumberParseException:
        return False

"""What happens to the ways in by accounts elsewhere."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class AccountConnected(Event):
    name = "auth.account_connected"
    label = _l("Account connected")
    text = _l("connected the account {account} to sign in with")
    icon = "plug-connected"
    audited: ClassVar[bool] = True

    provider: str
    account: str


@dataclass(frozen=True, kw_only=True)
class AccountDisconnected(Event):
    name = "auth.account_disconnected"
    label = _l("Account disconnected")
    text = _l("disconnected the account {account}")
    icon = "plug-connected-x"
    audited: ClassVar[bool] = True

    provider: str
    account: str


@dataclass(frozen=True, kw_only=True)
class CameByCompany(Event):
    """A member passed the company's own provider. `joined` says that they became a member by it."""

    name = "auth.came_by_company"
    label = _l("Signed in with the company's account")
    text = _l("signed in with the company's account {account}")
    icon = "login"
    audited: ClassVar[bool] = True

    account: str
    joined: bool = False
    strong: bool = False
    ip: str = ""
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class CompanyDoorClosed(Event):
    """Somebody came from the company's own provider, or did not, and was not let in. `reason` is the code of it."""

    name = "auth.company_sign_in_refused"
    label = _l("Sign-in with the company's account refused")
    text = _l("A sign-in with the company's account {account} was refused: {reason}")
    icon = "login"
    audited: ClassVar[bool] = True

    reason: str
    account: str = ""
    ip: str = ""
    device: str = ""


@dataclass(frozen=True, kw_only=True)
class CompanyProviderChanged(Event):
    name = "auth.company_provider_changed"
    label = _l("Sign-in provider changed")
    text = _l("changed the sign-in provider {issuer}")
    icon = "id-badge-2"
    audited: ClassVar[bool] = True

    issuer: str


@dataclass(frozen=True, kw_only=True)
class CompanyProviderRemoved(Event):
    name = "auth.company_provider_removed"
    label = _l("Sign-in provider removed")
    text = _l("removed the sign-in provider {issuer}")
    icon = "lock-open"
    audited: ClassVar[bool] = True

    issuer: str


@dataclass(frozen=True, kw_only=True)
class DomainAdded(Event):
    name = "auth.domain_added"
    label = _l("Mail domain added")
    text = _l("added the mail domain {domain}")
    icon = "world"
    audited: ClassVar[bool] = True

    domain: str


@dataclass(frozen=True, kw_only=True)
class DomainProven(Event):
    name = "auth.domain_proven"
    label = _l("Mail domain proven")
    text = _l("proved that {domain} is the company's")
    icon = "world-check"
    audited: ClassVar[bool] = True

    domain: str


@dataclass(frozen=True, kw_only=True)
class DomainProofMissing(Event):
    name = "auth.domain_proof_missing"
    label = _l("Proof of a mail domain missing")
    text = _l("The DNS of {domain} no longer shows that it is the company's")
    icon = "world-question"
    audited: ClassVar[bool] = True

    domain: str


@dataclass(frozen=True, kw_only=True)
class DomainLapsed(Event):
    name = "auth.domain_lapsed"
    label = _l("Proof of a mail domain lapsed")
    text = _l("Nobody new joins by an address of {domain}, whose DNS did not show for too long whose it is")
    icon = "world-off"
    audited: ClassVar[bool] = True

    domain: str


@dataclass(frozen=True, kw_only=True)
class DomainRemoved(Event):
    name = "auth.domain_removed"
    label = _l("Mail domain removed")
    text = _l("removed the mail domain {domain}")
    icon = "world-off"
    audited: ClassVar[bool] = True

    domain: str

"""Passkeys (WebAuthn): adding them, and proving by one who it is."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
import webauthn
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core import current, db
from core.auth import account_mail
from core.auth.happened_to import tell
from core.auth.models import User
from core.auth.news import write_news
from core.auth.second_factor.events import SecondFactorAdded, SecondFactorRemoved
from core.auth.second_factor.factors import FactorRefused, locked_user, note_change
from core.auth.second_factor.models import Ceremony, Passkey
from core.errors import NotFound
from core.i18n import _
from core.settings import settings

log = structlog.get_logger()
MOST = 20
PATIENCE = timedelta(minutes=5)
"""How long a challenge waits for its answer."""

_MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


def usable() -> bool:
    """Browsers know passkeys by the name of a site, and so not where the site has only a number."""
    try:
        ip_address(_site())
    except ValueError:
        return True
    return False


# --- adding --------------------------------------------------------------------------------------------


def begin_adding(user: User) -> tuple[UUID, str]:
    """A ceremony, and what the browser is to be asked for."""
    with db.role_session("auth") as session:
        known = session.scalars(select(Passkey).where(Passkey.user_id == user.id)).all()
    ceremony_id, challenge = _begin("add", user.id)
    options = webauthn.generate_registration_options(
        rp_id=_site(),
        rp_name="Guanxi",
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        timeout=int(PATIENCE.total_seconds() * 1000),
        exclude_credentials=[_described(key) for key in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return ceremony_id, webauthn.options_to_json(options)


def add(user_id: UUID, ceremony_id: UUID | None, answer: str, name: str) -> Passkey:
    """Keep a new passkey. Raises FactorRefused for an answer to another question, or from another site."""
    challenge = _take("add", ceremony_id, user_id)
    try:
        found = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=_site(), expected_origin=_origin()
        )
        transports = webauthn.helpers.parse_registration_credential_json(answer).response.transports or []
    except _MALFORMED as error:
        raise _refused(error) from None
    passkey = Passkey(
        user_id=user_id, name=name, credential_id=bytes_to_base64url(found.credential_id), sign_count=found.sign_count,
        public_key=found.credential_public_key, transports=[each.value for each in transports], last_used_at=None,
    )  # fmt: skip
    try:
        with db.role_session("auth") as session:
            user = locked_user(session, user_id)
            if len(session.scalars(select(Passkey.id).where(Passkey.user_id == user_id)).all()) >= MOST:
                raise FactorRefused(_("You have %(count)s passkeys. Remove one that you no longer use.", count=MOST))
            session.add(passkey)
            note_change(session, user)
            write_news(session, user, "passkey_added", title=name)
    except IntegrityError:
        raise FactorRefused(_("This passkey was added before.")) from None
    account_mail.wake()
    tell(user_id, lambda member_id: SecondFactorAdded(record_type="member", record_id=member_id, factor="passkey",
                                                      title=name))  # fmt: skip
    return passkey


def rename(user_id: UUID, passkey_id: UUID, name: str) -> None:
    with db.role_session("auth") as session:
        passkey = session.get(Passkey, passkey_id)
        if passkey is None or passkey.user_id != user_id:
            raise NotFound(_("There is no such passkey."))
        passkey.name = name


def remove(user_id: UUID, passkey_id: UUID) -> None:
    """Twice is once; somebody else's stays."""
    with db.role_session("auth") as session:
        user = locked_user(session, user_id)
        gone = delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id).returning(Passkey.name)
        title = session.execute(gone).scalar_one_or_none()
        if title is None:
            return
        note_change(session, user)
        write_news(session, user, "passkey_removed", title=title)
    account_mail.wake()
    tell(user_id, lambda member_id: SecondFactorRemoved(record_type="member", record_id=member_id, factor="passkey",
                                                        title=title))  # fmt: skip


# --- proving -------------------------------------------------------------------------------------------


def begin_proving(user: User | None = None) -> tuple[UUID, str]:
    """A ceremony, and what the browser is to be asked for: a key of this user's, or any that it has for us.

    A key that is to be the only factor must have asked for a PIN or a finger itself.
    """
    known = []
    if user is not None:
        with db.role_session("auth") as session:
            known = list(session.scalars(select(Passkey).where(Passkey.user_id == user.id)))
    ceremony_id, challenge = _begin("prove", user.id if user else None)
    options = webauthn.generate_authentication_options(
        rp_id=_site(),
        challenge=challenge,
        timeout=int(PATIENCE.total_seconds() * 1000),
        allow_credentials=[_described(key) for key in known],
        user_verification=UserVerificationRequirement.PREFERRED if user else UserVerificationRequirement.REQUIRED,
    )
    return ceremony_id, webauthn.options_to_json(options)


def prove(ceremony_id: UUID | None, answer: str, user: User | None = None) -> UUID:
    """Whose passkey answered. Raises FactorRefused.

    Without a user, the key names them itself, and must have verified that it is they who hold it.
    """
    challenge = _take("prove", ceremony_id, user.id if user else None)
    try:
        credential = webauthn.helpers.parse_authentication_credential_json(answer)
        return _prove(credential, challenge, user)
    except _MALFORMED as error:
        raise _refused(error) from None


def _prove(credential: AuthenticationCredential, challenge: bytes, user: User | None) -> UUID:
    with db.role_session("auth") as session:
        wanted = select(Passkey).where(Passkey.credential_id == credential.id).with_for_update()
        passkey = session.scalars(wanted).one_or_none()
        handle = credential.response.user_handle
        if passkey is None or (user is not None and passkey.user_id != user.id):
            raise FactorRefused(_("We do not know this passkey. Perhaps it was removed from your account."))
        if handle != passkey.user_id.bytes and (handle or user is None):
            raise FactorRefused(_("This passkey belongs to another account."))
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=user is None,
        )
        passkey.sign_count, passkey.last_used_at = found.new_sign_count, current.now()
        return passkey.user_id


# --- ceremonies ----------------------------------------------------------------------------------------


def _begin(purpose: str, user_id: UUID | None) -> tuple[UUID, bytes]:
    challenge = webauthn.helpers.generate_challenge()
    ceremony = Ceremony(
        id=db.new_id(), purpose=purpose, user_id=user_id, challenge=challenge, expires_at=current.now() + PATIENCE
    )
    with db.role_session("auth") as session:
        session.execute(delete(Ceremony).where(Ceremony.expires_at < current.now()))
        session.add(ceremony)
    return ceremony.id, challenge


def _take(purpose: str, ceremony_id: UUID | None, user_id: UUID | None) -> bytes:
    """The challenge, which nobody gets again: also when its answer is wrong."""
    with db.role_session("auth") as session:
        whose = Ceremony.user_id == user_id if user_id else Ceremony.user_id.is_(None)
        open_ = Ceremony.id == ceremony_id, Ceremony.purpose == purpose, whose, Ceremony.expires_at > current.now()
        challenge = session.execute(delete(Ceremony).where(*open_).returning(Ceremony.challenge)).scalar_one_or_none()
    if challenge is None:
        raise FactorRefused(_("That took too long. Try it once more."))
    return challenge


def _refused(error: Exception) -> FactorRefused:
    log.warning("passkey_refused", why=str(error))
    return FactorRefused(_("The passkey did not prove that it is you. Try it once more, or another way."))


def _described(key: Passkey) -> PublicKeyCredentialDescriptor:
    known: Any = {each.value for each in AuthenticatorTransport}
    transports = [AuthenticatorTransport(each) for each in key.transports if each in known]
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id), transports=transports or None)


def _site() -> str:
    return urlsplit(settings().base_url).hostname or "localhost"


def _origin() -> str:
    parts = urlsplit(settings().base_url)
    return f"{parts.scheme}://{parts.netloc}"

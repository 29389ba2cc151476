"""Taking back what an app was given: its tokens, what it would renew them with, and the consents behind them."""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import current, db
from core.auth.models import ApiToken
from core.auth.oauth.models import OAuthCode, OAuthConsent, OAuthRefresh


def cut_off(app_id: UUID, member_id: UUID | None = None) -> None:
    """End all that an app may do in this workspace, or as one member of it.

    The consents come first: whoever is about to give out tokens holds the one they rest on, so none slips through.
    """
    now = current.now()
    for model, column in ((OAuthConsent, "withdrawn_at"), (OAuthCode, "used_at")):
        mine = [model.tenant_id == current.tenant_id(), model.app_id == app_id, getattr(model, column).is_(None)]
        if member_id is not None:
            mine.append(model.member_id == member_id)
        db.session().execute(update(model).where(*mine).values({column: now}))
    _revoke(app_id=app_id, member_id=member_id)


def revoke_family(family_id: UUID) -> None:
    """End all tokens that go back to one consent in the browser."""
    _revoke(family_id=family_id)


def _revoke(**whose: Any) -> None:
    """Revoke both kinds of token whose columns have these values; None stands for any."""
    for model in (ApiToken, OAuthRefresh):
        mine = [getattr(model, name) == value for name, value in whose.items() if value is not None]
        live = (model.tenant_id == current.tenant_id(), model.revoked_at.is_(None))
        db.session().execute(update(model).where(*live, *mine).values(revoked_at=current.now()))

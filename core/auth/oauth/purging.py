"""Forgetting, each night, what apps were given and no longer can use."""

from datetime import timedelta

from sqlalchemy import delete

from core import current, db
from core.auth.models import ApiToken
from core.auth.oauth.models import OAuthCode, OAuthRefresh
from core.jobs import job
from core.nightly import nightly

KEPT = timedelta(days=7)
"""After it expired: so that whoever uses it again is recognised for a while, and told why it does not work."""


@nightly
@job(queue="slow")
def forget_expired() -> None:
    tenant, before = current.tenant_id(), current.now() - KEPT
    of_apps = ApiToken.app_id.is_not(None), ApiToken.expires_at < before
    db.session().execute(delete(ApiToken).where(ApiToken.tenant_id == tenant, *of_apps))
    for model in (OAuthCode, OAuthRefresh):
        db.session().execute(delete(model).where(model.tenant_id == tenant, model.expires_at < before))

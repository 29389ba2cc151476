"""Which apps a workspace lets its members use."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import case, select

from core import current, db
from core.access import members_with, permitted, require_permission
from core.activities.notifications import notify
from core.auth.no_apps import refuse_apps
from core.auth.oauth.cutting import cut_off
from core.auth.oauth.models import OAuthApp, OAuthApproval
from core.auth.permissions import MANAGE_APPS
from core.auth.token_events import AppApproved, AppAsked, AppWithdrawn
from core.db import new_id
from core.errors import NotFound
from core.events import emit
from core.i18n import _, _l

PLACES = {"asked": 0, "approved": 1, "withdrawn": 2}


def list_approvals() -> Sequence[OAuthApproval]:
    """The apps that were asked for, approved or withdrawn, in this order."""
    require_permission(MANAGE_APPS.name)
    found = select(OAuthApproval).where(OAuthApproval.tenant_id == current.tenant_id())
    places = case(PLACES, value=OAuthApproval.status)
    return db.session().scalars(found.order_by(places, OAuthApproval.name, OAuthApproval.id)).all()


def approval_of(app_id: UUID, *, lock: bool = False) -> OAuthApproval | None:
    found = select(OAuthApproval).where(OAuthApproval.tenant_id == current.tenant_id(), OAuthApproval.app_id == app_id)
    return db.session().scalars(found.with_for_update() if lock else found).one_or_none()


def ask_for(app: OAuthApp) -> None:
    """A member would like to use the app: tell those who may approve it, once."""
    approval = approval_of(app.id, lock=True) or _new(app)
    if approval.status == "asked" and approval.asked_by_id is not None:
        return
    if not approval.covers(app.scopes):
        approval.asked_by_id = current.member().id
        if approval.status != "approved":
            approval.status, approval.changed_at = "asked", current.now()
        emit(AppAsked(record_type="oauth_app", record_id=app.id, title=app.name))
        notify(members_with(MANAGE_APPS.name), _l("%(member)s asks to use the app “%(app)s” by %(publisher)s."),
               url=f"settings/apps/{app.id}/approval", icon="apps", member=current.member().name, app=app.name,
               publisher=app.publisher)  # fmt: skip


def approve(app: OAuthApp) -> OAuthApproval:
    """Let members use the app, with the scopes it wants now."""
    require_permission(MANAGE_APPS.name)
    refuse_apps()
    waiting = approval_of(app.id, lock=True)
    asked_by = waiting.asked_by_id if waiting else None
    approval = _approve(app)
    if asked_by not in (None, current.member_id()):
        notify([asked_by], _l("You can now use the app “%(app)s” here."), url="settings/connections/", icon="apps",
               app=app.name)  # fmt: skip
    return approval


def approve_own(app: OAuthApp) -> None:
    """The workspace that publishes an app uses it as it is, but for one that it has withdrawn from itself."""
    approval = approval_of(app.id, lock=True)
    if approval is None or approval.status == "approved":
        _approve(app)


def _approve(app: OAuthApp) -> OAuthApproval:
    approval = approval_of(app.id, lock=True) or _new(app)
    before = (approval.status, set(approval.scopes))
    approval.status, approval.scopes, approval.asked_by_id = "approved", list(app.scopes), None
    approval.name, approval.publisher = app.name, app.publisher
    approval.decided_by_id, approval.changed_at = current.member_id(), current.now()
    if before != ("approved", set(app.scopes)):
        emit(AppApproved(record_type="oauth_app", record_id=app.id, title=app.name, publisher=app.publisher,
                         scopes=approval.scopes))  # fmt: skip
    return approval


def withdraw(app_id: UUID) -> None:
    """Nobody here uses the app any more: consents end and tokens open nothing from now on. Twice is once."""
    require_permission(MANAGE_APPS.name)
    approval = approval_of(app_id, lock=True)
    if approval is None:
        raise NotFound(_("There is no such app."))
    if approval.status == "withdrawn":
        return
    approval.status, approval.asked_by_id = "withdrawn", None
    approval.decided_by_id, approval.changed_at = current.member_id(), current.now()
    cut_off(app_id)
    emit(AppWithdrawn(record_type="oauth_app", record_id=app_id, title=approval.name))


def may_decide() -> bool:
    return permitted(MANAGE_APPS.name)


def _new(app: OAuthApp) -> OAuthApproval:
    made = OAuthApproval(id=new_id(), app_id=app.id, status="asked", name=app.name, publisher=app.publisher, scopes=[])
    db.session().add(made)
    return made

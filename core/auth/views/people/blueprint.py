"""What the pages of people share: their address, who may come in, their tabs, and what can be chosen."""

from flask import url_for
from sqlalchemy import select

from core import access, current, db
from core.access import Member
from core.auth import teams
from core.i18n import _
from core.web.blueprints import holding, workspace
from core.web.frame import Link

people = workspace("members", __name__, "members", template_folder="../../templates")

INVITE, MANAGE = holding("tenant.invite_members"), holding("tenant.manage_members")
MOST_NAMES = 1000


def tabs(endpoint: str) -> list[Link]:
    pages = [("members.list_members", _("Members"), "users"), ("members.list_teams", _("Teams"), "hierarchy-2")]
    if access.permitted("tenant.manage_members"):
        pages.append(("members.list_links", _("Invitation links"), "link"))
    return [Link(label, url_for(page), icon, active=page == endpoint) for page, label, icon in pages]


def team_options() -> list[tuple[str, str]]:
    """The teams as a tree, for a select."""
    return [(str(team.id), "\u2003" * teams.depth_of(team) + team.name) for team in teams.list_teams()]


def person_options() -> list[tuple[str, str]]:
    """Who works here, for a select."""
    here = select(Member.id, Member.name).where(
        Member.tenant_id == current.tenant_id(), Member.status == "active", Member.kind == "person"
    )
    rows = db.session().execute(here.order_by(Member.name, Member.id).limit(MOST_NAMES))
    return [(str(row.id), row.name) for row in rows]

"""The other workspaces of whoever is signed in, asked for when the switcher opens."""

from flask.typing import ResponseReturnValue

from core import current
from core.auth.users import workspaces_of
from core.web import render
from core.web.blueprints import any_member, workspace

switching = workspace("workspaces", __name__, template_folder="../templates")


@switching.get("/workspaces", permission=any_member)
def list_workspaces() -> ResponseReturnValue:
    user_id = current.member().user_id
    mine = workspaces_of(user_id) if user_id else ()
    others = [w for w in mine if w.slug != current.tenant().slug]
    return render("tenants/workspaces.html", "tenants/_workspaces.html", others=others)

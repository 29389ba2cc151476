"""Whom one may mean by an `@` and the first letters of a name."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from core import current, db
from core.access import Member
from core.records.fields.operators import escape_like
from core.web.blueprints import any_member, workspace

mentions = workspace("mentions", __name__, "mentions")
MOST = 8


@mentions.get("/", permission=any_member)
def list_names() -> ResponseReturnValue:
    typed = request.args.get("q", "").strip()[:50]
    found = (
        select(Member.name)
        .where(Member.tenant_id == current.tenant_id(), Member.status == "active")
        .where(or_(*(Member.name.ilike(f"{start}{escape_like(typed)}%", escape="\\") for start in ("", "% "))))
        .order_by(Member.name)
        .limit(MOST)
    )
    return jsonify(list(db.session().scalars(found)))

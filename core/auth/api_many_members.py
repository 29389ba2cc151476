"""One change to many members over the API: a team, a role more, or the end of their access."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from core.api import Answer, Doc, Resource, loaded, single
from core.api.docs import ID, TEXT, many, thing
from core.auth import many_members
from core.auth.many_members import MOST
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.web.blueprints import holding

many_members_api = Resource("many_members", __name__, title=_l("Members, teams and roles"))

NEEDS = {"move": "team", "role": "role", "deactivate": None}
WHOLE = {"type": "integer", "minimum": 0}
CHANGED = thing(changed=WHOLE, refused=many(thing(id=ID, name=TEXT, reason=TEXT)))


class ChangeInput(ma.Schema):
    """`move` puts them into `team`, or into none where it is null; `role` gives them `role` besides those they have."""

    do = fields.String(required=True, validate=validate.OneOf(list(NEEDS)))
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST))
    team = fields.UUID(allow_none=True)
    role = fields.UUID()

    @ma.validates_schema
    def check_options(self, said: dict[str, Any], **_rest: Any) -> None:
        needed = NEEDS[said["do"]]
        if needed and needed not in said:
            raise ma.ValidationError({needed: [_("Fill this in.")]})
        if strange := {"team", "role"} & set(said) - {needed}:
            raise ma.ValidationError({name: [_("This is not for this change.")] for name in sorted(strange)})


@many_members_api.post("/members/bulk", permission=holding("tenant.manage_members"), doc=Doc(ChangeInput, CHANGED))
def change_members() -> Answer:
    """Change many members at once. Who cannot be changed is named with the reason, and spoils only that."""
    said = loaded(ChangeInput)
    done, refused = _change(said)
    return single({
        "changed": done,
        "refused": [{"id": str(each.member_id), "name": each.name, "reason": each.reason} for each in refused],
    })  # fmt: skip


def _change(said: dict[str, Any]) -> tuple[int, list[many_members.Refused]]:
    if said["do"] == "deactivate":
        return many_members.deactivate_all(said["ids"])
    try:
        if said["do"] == "move":
            return many_members.move_all(said["ids"], said["team"])
        return many_members.add_role_to_all(said["ids"], said["role"])
    except Invalid as invalid:
        named = NEEDS[said["do"]] or ""
        raise Invalid([FieldProblem(named, each.code, each.message) for each in invalid.problems]) from None

"""Changing the department tree over the API."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core import db
from core.api import Answer, Doc, Resource, loaded, reading, single
from core.api.docs import FLAG, Param
from core.api.people import TEAM, team_json
from core.auth import teams
from core.i18n import _l
from core.web.blueprints import holding

teams_api = Resource("team_changes", __name__, title=_l("Members, teams and roles"))

MANAGE = holding("tenant.manage_members")
LAST_PLACE = 100_000
TO_PARENT = Param("to_parent", "Whether its members and the teams right below it go to the team above.", FLAG)


class NewTeamInput(ma.Schema):
    name = fields.String(
        required=True, validate=[validate.Length(1, 100), validate.Regexp(r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
    )
    parent = fields.UUID(allow_none=True)
    head = fields.UUID(allow_none=True)


class TeamInput(ma.Schema):
    name = fields.String(validate=[validate.Length(1, 100), validate.Regexp(r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")])
    parent = fields.UUID(allow_none=True)
    head = fields.UUID(allow_none=True)
    place = fields.Integer(strict=True, validate=validate.Range(0, LAST_PLACE))


@teams_api.post("/teams", permission=MANAGE, doc=Doc(NewTeamInput, TEAM, status=201))
def create_team() -> Answer:
    """Make a team, the last among its brothers."""
    said = loaded(NewTeamInput)
    with db.savepoint():
        team = teams.create_team(said["name"].strip(), said.get("parent"), said.get("head"))
    return single(team_json(team)), 201, {"Location": f"/api/v1/teams/{team.id}"}


@teams_api.patch("/teams/<uuid:team_id>", permission=MANAGE, doc=Doc(TeamInput, TEAM))
def update_team(team_id: UUID) -> Answer:
    """Rename a team, give it another head, or move it with everything below it: what is not sent stays.

    `place` counts from 0 among the teams of the same parent, without the team itself.
    """
    said, team = loaded(TeamInput), teams.get_team(team_id)
    with db.savepoint():
        if "parent" in said or "place" in said:
            _move(team, said)
        if "name" in said:
            teams.rename_team(team, said["name"].strip())
        if "head" in said:
            teams.set_head(team, said["head"])
    db.flush()
    return single(team_json(team))


def _move(team: teams.Team, said: dict[str, Any]) -> None:
    teams.move_team(team, said.get("parent", team.parent_id), said.get("place"))


@teams_api.delete("/teams/<uuid:team_id>", permission=MANAGE, doc=Doc(status=204, params=(TO_PARENT,)))
def delete_team(team_id: UUID) -> Answer:
    """Delete a team. One that is not empty needs `to_parent=true`."""
    teams.delete_team(teams.get_team(team_id), to_parent=reading.flag("to_parent"))
    return None

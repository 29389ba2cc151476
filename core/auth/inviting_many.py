"""Inviting by a list: one row for each person, every row with a verdict of its own."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from uuid import UUID

import marshmallow as ma

from core import db
from core.access import Role, Team, require_permission
from core.auth.forms import MAX_NAME, normal_address
from core.auth.giving import all_roles
from core.auth.invitations import invite_member
from core.auth.teams import list_teams
from core.errors import DomainError, FieldProblem, Invalid
from core.i18n import _

MOST = 200
DELIMITERS = "\t;,，；"
HEADERS = {
    "email": {"email", "e-mail", "mail", "address", "e-mail address", "email address", "邮箱", "邮件", "电子邮件",
              "电子邮箱"},
    "name": {"name", "full name", "姓名", "名字", "名称"},
    "role": {"role", "角色"},
    "team": {"team", "department", "部门", "团队"},
}  # fmt: skip
COLUMNS = ("email", "name", "role", "team")


@dataclass(frozen=True)
class Wanted:
    """One row as it was typed; `line` is what stays in the form when it cannot be."""

    line: str
    email: str
    name: str = ""
    role: str = ""
    team: str = ""


@dataclass(frozen=True)
class Fate:
    """What became of a row: `member_id` when the invitation is on its way, else `problem`, in the reader's words."""

    wanted: Wanted
    member_id: UUID | None = None
    problem: str = ""


def read_list(text: str) -> list[Wanted]:
    """The rows of a pasted list: an address and perhaps a name, a role and a team, in any usual notation.

    The columns may be told by a first row without an address. Raises Invalid for no row or too many.
    """
    lines = [line.strip().rstrip("".join(DELIMITERS)) for line in text.replace("\x00", "").splitlines()]
    lines = [line for line in lines if line.strip()]
    rows = [(line, _cells(line)) for line in lines]
    columns: Sequence[str] = COLUMNS
    if rows and (named := _header(rows[0][1])):
        columns, rows = named, rows[1:]
    if not rows:
        raise Invalid([FieldProblem("list", "required", _("Write at least one e-mail address."))])
    if len(rows) > MOST:
        raise Invalid([FieldProblem("list", "too_many", _("Invite at most %(count)s people at once.", count=MOST))])
    return [_wanted(line, dict(zip(columns, cells, strict=False))) for line, cells in rows]


def _cells(line: str) -> list[str]:
    delimiter = next((each for each in DELIMITERS if each in line), ",")
    cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [" ".join(cell.split()) for cell in cells]


def _header(cells: Sequence[str]) -> list[str]:
    """What the columns are, where the first row says so."""
    if any("@" in cell for cell in cells):
        return []
    named = [next((key for key, words in HEADERS.items() if cell.casefold() in words), "") for cell in cells]
    return named if "email" in named else []


def _wanted(line: str, said: Mapping[str, str]) -> Wanted:
    name, address = parseaddr(said.get("email", "")) if "<" in said.get("email", "") else ("", said.get("email", ""))
    return Wanted(
        line[:500], address, (said.get("name") or name)[:MAX_NAME], said.get("role", ""), said.get("team", "")
    )


def invite_many(wanted: Sequence[Wanted], role_id: UUID | None, team_id: UUID | None) -> list[Fate]:
    """Invite them one by one; a row that cannot be spoils only itself. Role and team are for rows that name none."""
    require_permission("tenant.invite_members")
    roles, teams = all_roles(), list_teams()
    done: set[str] = set()
    fates = []
    for each in wanted:
        try:
            email = _address(each.email)
            if email in done:
                raise Invalid([FieldProblem("email", "twice", _("This address is further up in the list already."))])
            role = _role(each.role, roles) if each.role else role_id
            team = _team(each.team, teams) if each.team else team_id
            with db.savepoint():
                member = invite_member(email, role, team, each.name)
            done.add(email)
            fates.append(Fate(each, member.id))
        except DomainError as problem:
            fates.append(Fate(each, problem=problem.message))
    return fates


def _address(text: str) -> str:
    try:
        return normal_address(text)
    except ma.ValidationError as error:
        raise Invalid([FieldProblem("email", "invalid", " ".join(map(str, error.messages)))]) from None


def _role(text: str, roles: Sequence[Role]) -> UUID:
    """By its name, in the reader's language or the workspace's, its key or its id."""
    wanted = text.casefold()
    for role in roles:
        if wanted in (role.title.casefold(), role.name.casefold(), role.key, str(role.id)):
            return role.id
    raise Invalid([FieldProblem("role", "unknown", _("There is no role “%(name)s”.", name=text[:60]))])


def _team(text: str, teams: Sequence[Team]) -> UUID:
    """By its name, its id, or, where several are called the same, by the names from the top down."""
    names = {team.id.hex: team.name for team in teams}
    wanted = " / ".join(part.strip() for part in text.split("/")).casefold()
    called, whole = [], []
    for team in teams:
        path = " / ".join(names[step] for step in team.path.strip("/").split("/"))
        if wanted == str(team.id) or wanted == path.casefold():
            whole.append(team.id)
        if wanted == team.name.casefold():
            called.append(team.id)
    if len(whole) == 1 or len(called) == 1:
        return (whole or called)[0]
    if called:
        message = _("Several teams are called “%(name)s”. Write those above it too: Sales / North.", name=text[:60])
        raise Invalid([FieldProblem("team", "several", message)])
    raise Invalid([FieldProblem("team", "unknown", _("There is no team “%(name)s”.", name=text[:60]))])

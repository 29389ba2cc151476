"""A handover that was done, as its page and the API show it: to whoever did it, gave, or got something by it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from core import access, current, db
from core.access import Member
from core.auth.handover.belongings import BELONGINGS
from core.auth.handover.doing import MANAGE
from core.errors import NotFound
from core.i18n import _
from core.records.pages.addresses import list_url
from core.records.runs.models import Run
from core.records.types import RecordType, enabled_types

Line = tuple[str, str, list[tuple[str, int, str]]]
"""The icon and the name of a kind, and how much of it each one got, with the address of what is theirs."""


def require_seeing(run: Run) -> None:
    """Raise NotFound for who neither manages members, nor had or got what was handed over."""
    concerned = {run.params["member"], *(to for each in given(run).values() for to in each)}
    if not access.permitted(MANAGE) and str(current.member_id()) not in concerned:
        raise NotFound(_("There is no such page."))


def given(run: Run) -> Mapping[str, Mapping[str, int]]:
    return run.params.get("given", {})


def lines_of(run: Run, names: Mapping[UUID, str]) -> list[Line]:
    """Records in the order of their types, then the rest."""
    got, types = given(run), type_names()
    shown = [(name, each.icon, str(each.plural_label)) for name, each in types.items()]
    shown += [(each.name, each.icon, str(each.label)) for each in BELONGINGS]
    shown.append(("modules", "box", _("Of modules")))
    return [
        (icon, label, [
            (names.get(UUID(to), ""), count, list_url(types[name], _owned_by(to)) if name in types else "")
            for to, count in got[name].items()
        ])
        for name, icon, label in shown if name in got
    ]  # fmt: skip


def _owned_by(member_id: str) -> dict[str, str]:
    return {"field": "owner", "op": "is", "value": member_id}


def names_in(run: Run) -> dict[UUID, str]:
    """The names of all who have to do with it."""
    ids = {UUID(run.params["member"]), *(UUID(to) for each in given(run).values() for to in each)}
    found = select(Member.id, Member.name).where(
        Member.tenant_id == current.tenant_id(), Member.id.in_(ids | ({run.member_id} if run.member_id else set()))
    )
    return {row.id: row.name for row in db.session().execute(found)}


def type_names() -> dict[str, RecordType]:
    return {each.name: each for each in enabled_types()}

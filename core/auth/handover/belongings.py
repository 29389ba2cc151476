"""What members have besides records: each kind is a column that names the member, and is moved by one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Text, cast, column, delete, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.access import Member, RecordShare, Team
from core.db import new_id
from core.i18n import _l
from core.records.following import Follower
from core.records.runs.models import Run, RunRow
from core.records.runs.progress import keep_rows
from core.records.views.models import View

MOVED, DROPPED = "moved", "dropped"
QUIET: dict[str, Any] = {"synchronize_session": False}


@dataclass(frozen=True)
class Belonging:
    """A kind of thing of which members have many. `once` says that a member has the same thing once at most: what the
    new one has already, the old one loses. `not_oneself` empties the column of the row that is the new member's own."""

    name: str
    label: Any
    icon: str
    table: Any
    key: str
    where: ColumnElement[bool] = true()
    once: str = ""
    not_oneself: bool = False

    @property
    def column(self) -> Any:
        return self.table.c[self.key]

    def of(self, member_id: UUID) -> list[ColumnElement[bool]]:
        return [self.table.c.tenant_id == current.tenant_id(), self.column == member_id, self.where]

    def counting(self, member_id: UUID) -> Any:
        return select(func.count()).select_from(self.table).where(*self.of(member_id)).scalar_subquery()

    # --- moving ----------------------------------------------------------------------------------------

    def move(self, run: Run, member: Member, to: Member) -> list[UUID]:
        """Give all of it to another. What was moved stands with the run. Returns the ids that the other has now."""
        if self.once:
            self._note(run, DROPPED, self._drop_doubles(member, to))
        if self.not_oneself:
            own = update(self.table).where(*self.of(member.id), self.table.c.id == to.id)
            self._note(run, MOVED, self._ids(own.values({self.key: None})), to=None)
        moved = self._ids(update(self.table).where(*self.of(member.id)).values({self.key: to.id}))
        self._note(run, MOVED, moved, to=str(to.id))
        return [each["record_id"] for each in moved]

    def _ids(self, statement: Any) -> list[dict[str, Any]]:
        rows = db.session().scalars(statement.returning(self.table.c.id), execution_options=QUIET)
        return [{"record_id": row_id} for row_id in rows]

    def _drop_doubles(self, member: Member, to: Member) -> list[dict[str, Any]]:
        other = self.table.alias("other")
        same = select(other.c[self.once]).where(
            other.c.tenant_id == current.tenant_id(), other.c[self.key] == to.id, other.c[self.once].is_not(None)
        )
        gone = delete(self.table).where(*self.of(member.id), self.table.c[self.once].in_(same))
        rows = db.session().execute(gone.returning(self.table), execution_options=QUIET).mappings()
        return [{"record_id": row["id"], "row": orjson.loads(orjson.dumps(dict(row)))} for row in rows]

    def _note(self, run: Run, what: str, rows: Sequence[dict[str, Any]], **more: Any) -> None:
        keep_rows([
            {"tenant_id": run.tenant_id, "id": new_id(), "run_id": run.id, "verdict": f"{what}:{self.name}",
             "record_id": each["record_id"], "title": "", "reason": "", "line": None,
             "data": more | ({"row": each["row"]} if "row" in each else {})}
            for each in rows
        ])  # fmt: skip

    # --- taking back -----------------------------------------------------------------------------------

    def give_back(self, run_id: UUID, member: Member) -> tuple[list[UUID], int]:
        """Give back what the other still has. Returns its ids, and how many have gone on to somebody else since."""
        tenant = current.tenant_id()
        noted = select(RunRow.record_id, RunRow.data["to"].astext.label("to")).where(
            RunRow.tenant_id == tenant, RunRow.run_id == run_id, RunRow.verdict == f"{MOVED}:{self.name}"
        ).subquery()  # fmt: skip
        still = func.coalesce(cast(self.column, Text), "") == func.coalesce(noted.c.to, "")
        back = update(self.table).where(self.table.c.tenant_id == tenant, self.table.c.id == noted.c.record_id, still)
        if self.once:
            other = self.table.alias("other")
            has = select(other.c[self.once]).where(other.c.tenant_id == tenant, other.c[self.key] == member.id)
            back = back.where(self.table.c[self.once].not_in(has))
        given = list(db.session().scalars(
            back.values({self.key: member.id}).returning(self.table.c.id), execution_options=QUIET
        ))  # fmt: skip
        total = db.session().scalar(select(func.count()).select_from(noted)) or 0
        return given, total - len(given)

    def restore(self, run_id: UUID) -> int:
        """Bring back what the member lost since the other had it already."""
        if not self.once:
            return 0
        dropped = select(RunRow.data["row"]).where(
            RunRow.tenant_id == current.tenant_id(), RunRow.run_id == run_id, RunRow.verdict == f"{DROPPED}:{self.name}"
        )
        rows = db.session().scalars(dropped).all()
        if rows:
            names = [each.name for each in self.table.columns]
            filled: Any = select(*(column(name) for name in names)).select_from(
                text(f"jsonb_populate_recordset(null::guanxi.{self.table.name}, cast(:rows as jsonb))")
            )  # fmt: skip
            again = insert(self.table).from_select(names, filled).on_conflict_do_nothing()
            db.session().execute(again, {"rows": orjson.dumps(list(rows)).decode()})
        return len(rows)


def _shared_views() -> ColumnElement[bool]:
    return View.__table__.c.shared != "private"


TEAMS = Belonging("teams", _l("Teams that they lead"), "hierarchy-2", Team.__table__, "head_id")
DEPUTIES = Belonging("deputies", _l("People whose deputy they are"), "beach", Member.__table__, "deputy_id",
                     not_oneself=True)  # fmt: skip
VIEWS = Belonging("views", _l("Views that others use"), "table", View.__table__, "owner_id", _shared_views())
COLLABORATIONS = Belonging("collaborations", _l("Records of others shared with them"), "users", RecordShare.__table__,
                           "member_id", once="record_id")  # fmt: skip
SHARES = Belonging("shares", _l("Records that they share with others"), "share", RecordShare.__table__, "shared_by_id")
FOLLOWED = Belonging("followed", _l("Records that they follow"), "bell", Follower.__table__, "member_id",
                     once="record_id")  # fmt: skip
BELONGINGS = (TEAMS, DEPUTIES, VIEWS, COLLABORATIONS, SHARES, FOLLOWED)

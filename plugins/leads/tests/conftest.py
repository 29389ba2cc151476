"""Acme has its leads module on, and sam and eve to receive them in turn."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core import db
from core.activities.models import Notification
from core.activities.services import log_follow_up
from core.events import EventRow, read_back
from core.records.services import create_record, update_record
from core.testing.cast import Person
from plugins.leads.models import Lead
from plugins.leads.tests.web_forms import at_form, form, quick_proofs, stranger  # noqa: F401
from plugins.leads.types import LEAD


@pytest.fixture(autouse=True)
def module_on(ada):
    ada.switch("leads")


@dataclass
class Desk:
    """What people do with leads, in few words."""

    boss: Person

    def catch(self, name: str = "Li Lei", by: Person | None = None, **values: Any) -> UUID:
        with (by or self.boss).inside():
            lead: Lead = create_record(LEAD, {"name": name, **values})
            return lead.id

    def see(self, lead_id: UUID) -> Lead:
        with self.boss.inside():
            lead = db.get(Lead, lead_id)
            assert lead is not None
            return lead

    def act(self, person: Person, lead_id: UUID, name: str, **values: Any) -> None:
        with person.inside():
            action = LEAD.by_action[name]
            action.run(LEAD.get_for(action, lead_id), **values)

    def edit(self, person: Person, lead_id: UUID, **values: Any) -> None:
        with person.inside():
            update_record(LEAD, LEAD.get(lead_id), values)

    def follow_up(self, person: Person, lead_id: UUID, **values: Any) -> None:
        with person.inside():
            log_follow_up("lead", LEAD.get(lead_id), **({"channel": "call", "summary": "Rang."} | values))

    def told(self, person: Person) -> list[str]:
        """What stands under the person's bell, oldest first."""
        with person.inside():
            mine = select(Notification).where(Notification.member_id == person.member_id).order_by(Notification.id)
            return [row.text % row.values for row in db.session().scalars(mine)]

    def happened(self, lead_id: UUID) -> list[str]:
        with self.boss.inside():
            rows = select(EventRow).where(EventRow.record_id == lead_id).order_by(EventRow.id)
            return [row.name for row in db.session().scalars(rows)]

    def last(self, lead_id: UUID, kind: type) -> Any:
        with self.boss.inside():
            rows = select(EventRow).where(EventRow.record_id == lead_id, EventRow.name == kind.name)
            return read_back(db.session().scalars(rows.order_by(EventRow.id.desc()).limit(1)).one())


@pytest.fixture
def desk(ada, module_on) -> Desk:
    return Desk(ada)


@pytest.fixture
def lead(desk, sam) -> UUID:
    """A lead of sam, who is the only seller until eve is hired."""
    return desk.catch(company="Lei Trading", phone="+8613800138000", email="li@lei.example")

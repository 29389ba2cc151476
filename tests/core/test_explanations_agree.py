"""An explanation never differs from the decision, nor either from what a list shows, whatever roles people have."""

from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import insert

from core import access, current, db
from core.access import Member, MemberRole, RecordShare, Role, Team
from core.access.adding import LEVELS, OPEN
from core.access.explaining import explain_action
from core.access.others import as_seen_by
from core.activities.types import FOLLOW_UP, TASK
from core.customers.types import CONTACT, CUSTOMER
from core.records.fields import RecordRef
from core.records.services import create_record
from core.records.types import RecordAction, action_allowed

ACTIONS = ("view", "edit", "transfer")
SCOPES = ("none", "own", "team", "below", "all", {"if": {"field": "name", "op": "contains", "value": "1"}})
KEYS = ("phone", "email", "name")
MODULE = RecordAction("ring", "Ring", print, permission="bells.ring")
PLAIN = RecordAction("tidy", "Tidy", print, grant="transfer")


class World:
    """A small company made by chance: teams, roles, members, deputies, records, and what is shared.

    The first member has but their own records, and one that is shared with them.
    """

    def __init__(self, chance):
        self.chance = chance
        self.teams = self._teams()
        self.roles = [self._role(n) for n in range(4)]
        self.members = [self._member(n) for n in range(5)]
        for member in chance.sample(self.members, 2):
            now = current.now()
            member.away_from, member.away_until = (
                now - timedelta(days=1),
                now + timedelta(days=chance.choice([-0.5, 1])),
            )
            member.deputy_id = chance.choice([m for m in self.members[1:] if m is not member]).id
        shared = create_record(CUSTOMER, {"name": "Shared", "owner": self.members[1].id})
        customers = [shared, *(self._made(CUSTOMER, n, owner=self._owner()) for n in range(4))]
        contacts = [self._made(CONTACT, n, customer=chance.choice(customers).id) for n in range(3)]
        tasks = [
            self._made(TASK, n, title=f"T{n}", owner=self._owner(), about=self._about([*customers, *contacts]))
            for n in range(3)
        ]
        calls = [
            self._made(FOLLOW_UP, n, summary=f"F{n}", channel="call", about=RecordRef("customer", chance.choice(customers).id))
            for n in range(2)
        ]  # fmt: skip
        self.records = {CUSTOMER: customers, CONTACT: contacts, TASK: tasks, FOLLOW_UP: calls}
        self._share(CUSTOMER, shared, level="edit", member_id=self.members[0].id)
        for record_type in (CUSTOMER, CUSTOMER, CUSTOMER, CONTACT, TASK):
            self._share(record_type, chance.choice(self.records[record_type]), **self._whom())
        db.flush()

    def _teams(self):
        made = []
        for n in range(4):
            parent = self.chance.choice([None, *made])
            team = Team(id=db.new_id(), name=f"Team {n}", parent_id=parent.id if parent else None)
            team.path = f"{parent.path if parent else '/'}{team.id.hex}/"
            db.session().add(team)
            db.flush()
            made.append(team)
        return made

    def _role(self, n):
        names = self.chance.sample(["*", "customer", "contact", "task", "follow_up"], self.chance.randint(1, 3))
        records = {name: {action: self._scope(name) for action in ACTIONS} for name in names}
        ruled = self.chance.sample(KEYS, self.chance.randint(0, 2))
        fields = {"customer": {key: {"level": self.chance.choice(["hidden", "masked", "read"]),
                                     "except": self.chance.choice(["none", "own", "team"])} for key in ruled}}  # fmt: skip
        grants = {"records": records, "fields": fields, "permissions": self.chance.choice([[], ["bells.ring"]])}
        if n == 0:
            grants = {"records": {"*": dict.fromkeys(ACTIONS, "own")}, "permissions": []}
        role = Role(id=db.new_id(), name=f"Role {n}", grants=grants)
        db.session().add(role)
        return role

    def _scope(self, type_name):
        return self.chance.choice(SCOPES if type_name in ("customer", "contact") else SCOPES[:-1])

    def _member(self, n):
        team = self.chance.choice([None, *self.teams])
        made = Member(id=db.new_id(), name=f"Member {n}", email=f"{db.new_id()}@example.com", kind="service",
                      team_id=team.id if team else None)  # fmt: skip
        db.session().add(made)
        db.flush()
        for role in self.chance.sample(self.roles, self.chance.randint(0, 3)) if n else self.roles[:1]:
            db.session().add(MemberRole(id=db.new_id(), member_id=made.id, role_id=role.id))
        return made

    def _owner(self):
        return self.chance.choice(self.members).id

    def _about(self, records):
        record = self.chance.choice(records)
        return RecordRef(record.of_type, record.id)

    def _made(self, record_type, n, **values):
        if record_type in (CUSTOMER, CONTACT):
            values |= {"name": f"{record_type.name} {n}"}
        made = create_record(record_type, values)
        if record_type in (CUSTOMER, TASK) and self.chance.random() < 0.15:
            made.owner_id = None
        return made

    def _whom(self):
        if self.chance.random() < 0.5:
            return {"member_id": self._owner(), "level": self.chance.choice(["view", "edit"])}
        return {"team_id": self.chance.choice(self.teams).id, "level": self.chance.choice(["view", "edit"])}

    def _share(self, record_type, record, **how):
        until = self.chance.choice([None, current.now() + timedelta(days=1), current.now() - timedelta(days=1)])
        until = until if how.get("member_id") != self.members[0].id else None
        row = {"id": db.new_id(), "tenant_id": current.tenant_id(), "record_type": record_type.name, "until": until}
        db.session().execute(insert(RecordShare).values(record_id=record.id, **row, **how).on_conflict_do_nothing())


@settings(
    max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)
@given(seed=st.integers(0, 2**32))
def test_explanation_decision_and_list_agree_for_everybody_on_everything(ada, seed):
    with ada.inside():
        point = db.session().begin_nested()
        world, allowed, refused, by_share = World(Random(seed)), 0, 0, 0
        for member in world.members:
            db.session().info.pop("guarded", None)
            with current.entering(as_seen_by(member)):
                for record_type, records in world.records.items():
                    for action in ACTIONS:
                        visible = set(db.session().scalars(record_type.visible(record_type.model.id, action=action)))
                        for record in records:
                            found = access.explain(action, record_type, record)
                            told = (member.name, action, record, found)
                            assert found.allowed == (record.id in visible), told
                            assert found.allowed == access.may(action, record_type, record), told
                            assert found.allowed == (any(r.covers for r in found.reasons) or bool(found.shared)), told
                            allowed, refused = allowed + found.allowed, refused + (not found.allowed)
                            by_share += bool(found.shared) and not any(r.covers for r in found.reasons)
                _agree_on_actions(world)
                _agree_on_fields(world)
        assert allowed and refused and by_share
        point.rollback()


def _agree_on_actions(world):
    record = world.records[CUSTOMER][0]
    for action in (MODULE, PLAIN):
        assert explain_action(action, CUSTOMER, record).allowed == action_allowed(action, CUSTOMER, record)


def _agree_on_fields(world):
    fields = CUSTOMER.fields()
    for record in world.records[CUSTOMER]:
        if not CUSTOMER.is_visible(record):
            continue
        for key in KEYS:
            of = fields.get(key)
            level = (
                0 if of is None else of.level(record) if of.guarded else OPEN if of.editable else LEVELS.index("read")
            )
            assert access.explain_field(CUSTOMER, record, key)[0] == LEVELS[level], (key, record)

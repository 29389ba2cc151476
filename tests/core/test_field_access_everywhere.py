"""Whatever roles say of records and fields holds on every surface: random roles over records full of secrets, and all
that a member can fetch compared with what the decision explains."""

import csv
import io
import json
import random
import re
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from core import db
from core.access import Member, MemberRole, Role, explain, explain_field
from core.access.adding import LEVELS, READ
from core.access.models import RecordShare
from core.activities.notifications import notify
from core.activities.types import FOLLOW_UP, TASK
from core.auth.teams import create_team
from core.customers.models import Customer
from core.customers.types import CONTACT, CUSTOMER
from core.files import upload_file
from core.records.custom import add_custom_field
from core.records.fields import Amount, RecordRef
from core.records.fields.files import ref_of
from core.records.following import follow
from core.records.services import create_record, update_record

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
TYPES = {"customer": CUSTOMER, "contact": CONTACT}
SCOPES = ("own", "team", "below", "all")
HELD = {
    "customer": ("phone", "email", "website", "industry", "location", "address", "employees", "annual_revenue", "source",
                 "tags", "notes", "c_code", "c_number", "c_mail", "c_paper"),
    "contact": ("phone", "email", "title", "role", "wechat", "notes"),
}  # fmt: skip
CLOSED = {
    "customer": (*HELD["customer"], "stage", "parent", "owner", "name"),
    "contact": (*HELD["contact"], "is_primary"),
}
"""What rules are made for: also what holds no secret, so that pages have to do without it."""


@dataclass
class World:
    """Records, each with a text of its own in every field: `secrets` finds them by type, record and key."""

    boss: object
    seller: object
    people: list
    teams: list
    roles: list
    records: dict = field(default_factory=lambda: {"customer": [], "contact": []})
    secrets: dict = field(default_factory=dict)
    titles: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    rest: dict = field(default_factory=lambda: {"task": [], "follow_up": []})

    def arrange(self, chosen: random.Random) -> list:
        """New owners, teams, shares, roles. Returns the grants of the seller's roles."""
        grants = [some_grants(chosen) for _role in range(chosen.choice((1, 1, 2)))]
        with self.boss.inside():
            for record_id in self.records["customer"]:
                owner = chosen.choice([*self.people, None])
                db.session().execute(update(Customer).where(Customer.id == record_id).values(owner_id=owner))
            db.session().execute(delete(RecordShare))
            for record_id in chosen.sample(self.records["customer"], 1):
                shared = {"record_type": "customer", "record_id": record_id, "member_id": self.seller.member_id}
                db.session().add(RecordShare(**shared, level=chosen.choice(("view", "edit"))))
            for person in self.people:
                team = chosen.choice(self.teams)
                db.session().execute(update(Member).where(Member.id == person).values(team_id=team))
        self.grant(*grants)
        return grants

    def grant(self, *grants) -> None:
        """Give the seller these roles and no other."""
        with self.boss.inside():
            db.session().execute(delete(MemberRole).where(MemberRole.member_id == self.seller.member_id))
            for role_id, said in zip(self.roles, grants, strict=False):
                db.session().execute(update(Role).where(Role.id == role_id).values(grants=said))
                db.session().add(MemberRole(member_id=self.seller.member_id, role_id=role_id))

    def allowed(self) -> tuple[dict, dict]:
        """What the decisions say: the ids that the seller may see by type, and the level of each of their fields."""
        seen, levels = {}, {}
        with self.boss.inside():
            rows = {name: [db.get(t.model, each) for each in self.records[name]] for name, t in TYPES.items()}
            rows |= {t.name: [db.get(t.model, each) for each in self.rest[t.name]] for t in (TASK, FOLLOW_UP)}
        with self.seller.inside():
            for name, some in rows.items():
                of = TYPES.get(name) or {"task": TASK, "follow_up": FOLLOW_UP}[name]
                seen[name] = {row.id for row in some if explain("view", of, row).allowed}
                for row in some:
                    for key in HELD.get(name, ()):
                        level = LEVELS.index(explain_field(of, row, key)[0]) if row.id in seen[name] else 0
                        levels[name, row.id, key] = level
        return seen, levels


def some_grants(chosen: random.Random) -> dict:
    if_talking = {"if": {"field": "stage", "op": "is", "value": "talking"}}
    seen = {"customer": chosen.choice((*SCOPES, if_talking)), "contact": chosen.choice(SCOPES),
            "task": chosen.choice(SCOPES), "follow_up": chosen.choice(SCOPES)}  # fmt: skip
    all_of = dict.fromkeys(("export", "create", "edit", "delete"), "all")
    return {"records": {name: {"view": scope, **all_of} for name, scope in seen.items()},
            "fields": {name: some_rules(chosen, CLOSED[name]) for name in TYPES}}  # fmt: skip


def some_rules(chosen: random.Random, keys) -> dict:
    rules = {}
    for key in chosen.sample(keys, chosen.randint(len(keys) // 2, len(keys))):
        rules[key] = {"level": chosen.choice(LEVELS[:3])}
        if chosen.random() < 0.4:
            rules[key]["except"] = chosen.choice(SCOPES[:3])
    return rules


@pytest.fixture
def world(ada, sam, eve, dora):
    with ada.inside():
        for label, key, kind in (("Code", "c_code", "text"), ("Number", "c_number", "integer"), ("Mail", "c_mail", "email"),
                                 ("Paper", "c_paper", "file")):  # fmt: skip
            add_custom_field("customer", label=label, key=key, type=kind, taken=())
        top = create_team("Top", None)
        teams = [top.id, create_team("Below", top.id).id, create_team("Beside", None).id]
        roles = [Role(name=f"Role {n}", grants={}) for n in range(3)]
        db.session().add_all(roles)
        db.flush()
        made = World(ada, sam, [each.member_id for each in (sam, eve, dora)], teams, [role.id for role in roles])
    fill(made)
    return made


def fill(world: World) -> None:
    with world.boss.inside():
        for n in range(4):
            values, known = secrets_of(n, 1), secrets_of(n, 2)
            given = {"name": f"Firm {n}", "stage": ("talking", "signed")[n % 2], **values["customer"]}
            customer = create_record(CUSTOMER, given)
            given = {"name": f"Person {n}", "customer": customer.id, "is_primary": True, **values["contact"]}
            contact = create_record(CONTACT, given)
            if n:
                update_record(CUSTOMER, customer, {"parent": world.records["customer"][0]})
            for name, record in (("customer", customer), ("contact", contact)):  # what history tells of
                update_record(TYPES[name], record, known[name])
                world.records[name].append(record.id)
                for key in HELD[name]:
                    texts = [secret_text(values[name][key]), secret_text(known[name][key])]
                    world.secrets[name, record.id, key] = texts
                    if key == "c_paper":
                        world.files[record.id] = known[name][key][0].id
                        texts.append(inside(n, 2))
            about = RecordRef("customer", customer.id)
            task = create_record(TASK, {"title": f"taskzq{n}x", "about": about, "owner": world.boss.member_id})
            said = create_record(FOLLOW_UP, {"about": about, "channel": "call", "summary": f"saidzq{n}x"})
            world.rest["task"].append(task.id)
            world.rest["follow_up"].append(said.id)
            follow("customer", customer.id, [world.seller.member_id])
        notify([world.seller.member_id], "Hello", url="customers/")


def secrets_of(n: int, turn: int) -> dict:
    """The values of a customer and its contact, each found by a text that nothing else has."""
    made = {}
    for at, name in enumerate(HELD):
        mark = f"{at}{n}{turn}"
        made[name] = {key: f"zq{key.removeprefix('c_')}{mark}z" for key in HELD[name]}
        made[name]["phone"] = f"+86138{mark}{7 * at + n + turn:02}5{(n + 1) * (at + 3):03}"[:14]
        made[name]["email"] = f"hidden{mark}zq@example.com"
    made["customer"] |= {
        "website": f"https://zqsite{n}{turn}z.example.com", "c_mail": f"covered{n}{turn}zq@example.com",
        "employees": 17_430_000 + n * 10 + turn, "c_number": 918_270_000 + n * 10 + turn,
        "annual_revenue": Amount(7_364_510_000 + n * 100 + turn, "CNY"), "tags": [f"zqtag{n}{turn}z"],
        "c_paper": [ref_of(upload_file(f"zqpaper{n}{turn}z.txt", inside(n, turn).encode()))],
    }  # fmt: skip
    return made


def inside(n: int, turn: int) -> str:
    """What a file says."""
    return f"zqinside{n}{turn}z"


def secret_text(value) -> str:
    """By what a value is told wherever it is shown, in whichever form."""
    if isinstance(value, Amount):
        return str(value.minor)
    if isinstance(value, list):
        return value[0] if isinstance(value[0], str) else value[0].name
    return re.sub(r"^(\+86|https://)", "", str(value))


def squeezed(text: str) -> str:
    """What was shown, without what stands between figures."""
    return re.sub(r"(?<=\d)[\s,.  ]+(?=\d)", "", text)


def leaks(world, levels, text: str) -> list:
    """The secrets in a text that the seller may not read."""
    text = squeezed(text)
    return [key for key, secrets in world.secrets.items()
            if levels[key] < READ and any(squeezed(secret) in text for secret in secrets)]  # fmt: skip


def surfaces(world: World, seen: dict):
    """All pages and answers: (name, what was answered)."""
    sam = world.seller
    for plural, name in (("customers", "customer"), ("contacts", "contact")):
        columns = ",".join(("name", *HELD[name]))
        for page in (f"?columns={columns}", f"split?columns={columns}", f"board?columns={columns}", "calendar", "filter",
                     "totals?totals=annual_revenue:max,employees:sum,c_number:max&columns=annual_revenue,employees,c_number",
                     "?sort=phone&group=stage", "board?sum=annual_revenue", "duplicates/", "new"):  # fmt: skip
            yield f"{plural}/{page}", sam.get(f"{plural}/{page}")
        yield f"api {plural}", sam.api("GET", f"{plural}?limit=100" + ("&expand=customer" if name == "contact" else ""))
        for record_id in world.records[name]:
            pages = (
                ["", "/edit", "/history", "/duplicates", "/neighbours", "/files"] if record_id in seen[name] else [""]
            )
            for page in [*pages, *(("/timeline",) if name == "customer" and pages[1:] else ())]:
                yield f"{plural}/{record_id}{page}", sam.get(f"{plural}/{record_id}{page}")
            for page in ("", "/history", *(("/timeline",) if name == "customer" else ())):
                yield f"api {plural}/{record_id}{page}", sam.api("GET", f"{plural}/{record_id}{page}")
        some = [str(each) for each in sorted(seen[name], key=str)[:2]]
        if len(some) == 2:
            yield f"{plural}/merge", sam.get(f"{plural}/merge?id={some[0]}&id={some[1]}")
        if some:
            for key in HELD[name]:
                yield f"form of {key}", sam.get(f"{plural}/{some[0]}/fields/{key}")
                yield f"fact of {key}", sam.get(f"{plural}/{some[-1]}/fields/{key}?cancel", headers=PART)
            yield f"{plural}/rules", sam.post(f"{plural}/{some[0]}/rules", {"name": "Firm"})
    for page in ("search?q=Firm", "lookup/customer?q=Firm", "lookup/any?q=Person", "notifications/", "", "tasks/"):
        yield page, sam.get(page)
    yield "api search", sam.api("GET", "search?q=Person")
    yield "api events", sam.api("GET", "events?limit=100")
    for record_id, file_id in world.files.items():
        yield f"file of {record_id}", sam.get(f"files/{file_id}")


def exported(sam, plural: str, form: str) -> list[dict]:
    sent = sam.post(f"{plural}/export", {"all": "1", "go": "1", "what": "all", "format": form})
    assert sent.status_code == 200, sent.text[:300]
    return list(csv.DictReader(io.StringIO(sent.data.decode("utf-8-sig"))))


def found(sam, plural: str, **query) -> set | None:
    """The ids that the API lists, None where it refuses to ask."""
    asked = "&".join(
        f"{key}={quote(value if isinstance(value, str) else json.dumps(value))}" for key, value in query.items()
    )
    answer = sam.api("GET", f"{plural}?limit=100&{asked}")
    return {row["id"] for row in answer.json["data"]} if answer.status_code == 200 else None


def check_nothing_leaks(world, seen, levels) -> None:
    told = {}
    for name, answer in surfaces(world, seen):
        assert answer.status_code < 500, f"{name}: {answer.status_code}"
        told[name] = leaks(world, levels, answer.text)
    for plural in ("customers", "contacts"):
        told[f"export of {plural}"] = leaks(world, levels, json.dumps(exported(world.seller, plural, "csv")))
    assert not any(told.values()), {name: keys for name, keys in told.items() if keys}


def check_what_is_allowed_is_shown(world, levels) -> None:
    rows = {}
    for plural, name in (("customers", "customer"), ("contacts", "contact")):
        rows |= {
            (name, row["id"]): squeezed(json.dumps(row))
            for row in world.seller.api("GET", f"{plural}?limit=100").json["data"]
        }
    for (name, record_id, key), level in levels.items():
        if level >= READ and key != "annual_revenue":
            assert squeezed(world.secrets[name, record_id, key][1]) in rows[name, str(record_id)], (name, key, level)


def check_finding(world, chosen, seen, levels) -> None:
    """Nobody finds a record, or tells it from others, by what they may not read of it."""
    for plural, name in (("customers", "customer"), ("contacts", "contact")):
        for record_id in world.records[name]:
            for key in chosen.sample(("phone", "email"), 1):
                secret = world.secrets[name, record_id, key][1]
                may = {str(record_id)} if levels[name, record_id, key] >= READ else set()
                assert found(world.seller, plural, q=secret) == may, (key, levels[name, record_id, key])
                hits = world.seller.api("GET", f"search?q={quote(secret)}").json["data"]
                assert {hit["id"] for hit in hits if hit["record_type"] == name} == may
                told = found(world.seller, plural, filter={"field": key, "op": "is", "value": secret})
                assert told is None or told == may
    for customer_id in world.records["customer"]:
        key = chosen.choice(HELD["customer"][3:6])
        through = {"field": f"customer.{key}", "op": "is", "value": world.secrets["customer", customer_id, key][1]}
        assert not found(world.seller, "contacts", filter=through) or levels["customer", customer_id, key] >= READ
    for key in ("employees", "annual_revenue", "c_number"):
        below = {"field": f"customers.max({key})", "op": "gt", "value": 0}
        if found(world.seller, "customers", filter=below) is not None:
            assert all(levels["customer", each, key] >= READ for each in seen["customer"]), key


def check_scopes(world, seen) -> None:
    sam = world.seller
    for plural, name in (
        ("customers", "customer"),
        ("contacts", "contact"),
        ("tasks", "task"),
        ("follow-ups", "follow_up"),
    ):
        ids = {str(each) for each in seen[name]}
        assert found(sam, plural) == ids, plural
        rows = set(re.findall(rf'id="{name}-([0-9a-f-]{{36}})"', sam.get(f"{plural}/?columns=created_at").text))
        assert rows == ids, plural
    for plural, name, word in (("customers", "customer", "Firm"), ("contacts", "contact", "Person")):
        ids = {str(each) for each in seen[name]}
        assert len(exported(sam, plural, "csv")) == len(ids)
        assert set(re.findall(r"[0-9a-f-]{36}", sam.get(f"lookup/{name}?q={word}").text)) & all_ids(world, name) == ids
        assert set(re.findall(r"[0-9a-f-]{36}", sam.get(f"search?q={word}").text)) & all_ids(world, name) == ids
    for at, customer_id in enumerate(world.records["customer"]):
        if customer_id not in seen["customer"]:
            assert sam.get(f"customers/{customer_id}").status_code == 404
            continue
        page = sam.get(f"customers/{customer_id}").text
        story = page[page.index("gx-zone-story") :]
        assert (f"taskzq{at}x" in story) == (world.rest["task"][at] in seen["task"])
        assert (f"saidzq{at}x" in page) == (world.rest["follow_up"][at] in seen["follow_up"])
        assert (f"contacts/{world.records['contact'][at]}" in page) == (world.records["contact"][at] in seen["contact"])


def all_ids(world, name: str) -> set[str]:
    return {str(each) for each in world.records[name]}


def test_what_roles_close_is_told_nowhere_and_what_they_leave_is_told(world):
    for seed in range(3):
        chosen = random.Random(seed)
        grants = world.arrange(chosen)
        seen, levels = world.allowed()
        try:
            check_nothing_leaks(world, seen, levels)
            check_what_is_allowed_is_shown(world, levels)
            check_finding(world, chosen, seen, levels)
            check_scopes(world, seen)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {json.dumps(grants)}: {error}") from error


@given(seed=st.integers(100, 10_000))
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lists_agree_with_the_explained_decision(world, seed):
    world.arrange(random.Random(seed))
    seen, levels = world.allowed()
    for plural, name in (("customers", "customer"), ("contacts", "contact")):
        answer = world.seller.api("GET", f"{plural}?limit=100")
        assert {row["id"] for row in answer.json["data"]} == {str(each) for each in seen[name]}
        assert not leaks(world, levels, answer.text)
        assert not leaks(world, levels, world.seller.get(f"{plural}/?columns={','.join(HELD[name])}").text)
    check_what_is_allowed_is_shown(world, levels)

"""Acme with one of everything, and which id belongs where: whoever adds a route joins the walk by giving it an id."""

from dataclasses import dataclass
from uuid import UUID

from core import db
from core.access import Role
from core.auth.teams import create_team
from core.customers.types import CONTACT, CUSTOMER
from core.files import attach, keep_file
from core.host.loader import host
from core.isolation.canaries import Canary
from core.isolation.over_routes import ids_of
from core.isolation.planting import plant
from core.isolation.tables import tenant_tables
from core.records.imports.services import begin_import
from core.records.making import make_type
from core.records.services import create_record
from core.records.types import RECORD_TYPES, type_named
from core.testing.cast import Person, hire


@dataclass
class World:
    """`ids` are the rows of Acme by their table. All texts in it have `acme.mark`."""

    ada: Person
    acme: Canary
    tables: list
    ids: dict[str, UUID]


def as_canary(person: Person) -> Canary:
    with person.inside() as context:
        return Canary(person.tenant_id, person.slug, context.public_id, person.user_id, person.member_id)


def build_world(ada: Person) -> World:
    acme = as_canary(ada)
    for module in host().plugins:
        ada.switch(module)
    paul = hire(ada, f"{acme.mark} Paul", "paul@example.com", "viewer")
    with ada.inside():
        customer = create_record(CUSTOMER, {"name": f"{acme.mark} Ltd"})
        contact = create_record(CONTACT, {"name": f"{acme.mark} Carl", "customer": customer.id})
        own = make_type(label=f"{acme.mark} gear", states=[])
        gear = create_record(type_named(own.name), {"name": f"{acme.mark} pump"})
        others = {each.model.__tablename__: create_record(each, {each.title: acme.mark}).id
                  for each in RECORD_TYPES.values() if each.module != "core"}  # fmt: skip
        task = create_record(type_named("task"), {"title": f"{acme.mark} call"})
        file = keep_file(f"{acme.mark}.txt", acme.mark.encode())
        attach(file, "customer", customer.id)
        team = create_team(f"{acme.mark} team", None)
        role = Role(name=f"{acme.mark} role", grants={"records": {}, "permissions": []})
        db.session().add(role)
        db.session().flush()
        started = begin_import(CUSTOMER, "more.csv", f"Name\n{acme.mark} Inc\n".encode())
        known = {
            "customer": customer.id,
            "contact": contact.id,
            "task": task.id,
            "file": file.id,
            "member": paul.member_id,
            "team": team.id,
            "role": role.id,
            "import": started.id,
            "own_record": gear.id,
        } | others
    with ada.inside():
        connection = db.session().connection()
        tables = tenant_tables(connection)
        planted, failed = plant(connection, acme.tenant_id, acme.mark, tables)
    assert failed == {}, "give the planting what these tables want"
    return World(ada, acme, tables, ids_of(acme, planted) | known)

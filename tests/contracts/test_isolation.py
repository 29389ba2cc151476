"""Postgres itself keeps tenants apart, in every table there is."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from core import db
from core.access import Team
from core.customers.types import CONTACT, CUSTOMER
from core.fence import GLOBAL_TABLES, LOCAL_TABLES, NotFenced, fence_problems, refuse_unfenced
from core.migrate import components, differences
from core.records.query import Listing
from core.records.services import create_record

TABLES = "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'guanxi' and c.relkind in ('r', 'p')"

FOR_ALL = {"installation", "isolation_run"}
"""Tables that everybody may read: they tell of the installation and of no workspace."""
OUT_OF_REACH = GLOBAL_TABLES - FOR_ALL - {"tenant", "oauth_app"}
"""Tables that only signing in reaches."""


@pytest.fixture
def tables(admin):
    with admin.connect() as connection:
        names = set(connection.execute(text(TABLES)).scalars())
    return sorted(n for n in names if not n.startswith("alembic_version"))


@pytest.fixture
def acme_is_full(ada):
    with ada.inside():
        customer = create_record(CUSTOMER, {"name": "Secret"})
        create_record(CONTACT, {"name": "Whisper", "customer": customer.id})
    return customer


def test_every_table_is_fenced(app):
    assert fence_problems() == []


def policy(table: str) -> str:
    same = "tenant_id = guanxi.tenant_id()"
    return f"create policy tenant_isolation on guanxi.{table} to guanxi_app using ({same}) with check ({same})"


HOLES = {
    "create table guanxi.loose (tenant_id uuid not null)": "drop table guanxi.loose",
    "create table guanxi.stray (id int)": "drop table guanxi.stray",
    "alter table guanxi.customer no force row level security": "alter table guanxi.customer force row level security",
    "alter table guanxi.customer disable row level security": "alter table guanxi.customer enable row level security",
    "create policy wide on guanxi.contact to guanxi_app using (true)": "drop policy wide on guanxi.contact",
    "create policy wide on guanxi.contact for select to public using (true)": "drop policy wide on guanxi.contact",
    "drop policy tenant_isolation on guanxi.event": policy("event"),
    "drop policy tenant_isolation on guanxi.job": policy("job"),
}


@pytest.mark.parametrize("hole", HOLES)
def test_it_does_not_start_on_a_database_with_a_hole_and_names_it(app, admin, hole):
    table = re.search(r"guanxi\.(\w+)", hole).group(1)
    with admin.begin() as connection:
        connection.execute(text(hole))
    try:
        with pytest.raises(NotFenced, match=table):
            refuse_unfenced()
    finally:
        with admin.begin() as connection:
            connection.execute(text(HOLES[hole]))
    assert fence_problems() == []


def test_it_does_not_start_as_a_role_that_could_climb_over_the_fence(app):
    found = "; ".join(fence_problems("owner"))

    assert "guanxi_owner may bypass" in found and "guanxi_owner owns tables" in found


def test_without_a_tenant_no_row_of_any_table_is_seen(app, acme_is_full, tables):
    with db.engine("app").connect() as connection:
        for table in tables:
            if table in OUT_OF_REACH | FOR_ALL:
                continue
            assert connection.execute(text(f'select count(*) from "{table}"')).scalar() == 0, table


def test_what_belongs_to_people_and_not_to_workspaces_is_out_of_reach_for_the_application(app, ada):
    for table in OUT_OF_REACH:
        with db.engine("app").connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(f'select * from "{table}"'))


def test_a_neighbour_sees_no_row_of_any_table_even_by_hand(acme_is_full, mallory, ada, tables):
    with mallory.inside():
        for table in tables:
            if table in OUT_OF_REACH | FOR_ALL:
                continue
            column = {"tenant": "id", "oauth_app": "publisher_id"}.get(table, "tenant_id")
            query = text(f'select count(*) from "{table}" where {column} = :acme')
            assert db.session().execute(query, {"acme": ada.tenant_id}).scalar() == 0, table


def test_a_row_cannot_be_written_into_another_tenant(ada, mallory):
    with pytest.raises(ProgrammingError, match="row-level security"), mallory.inside():
        db.session().add(Team(tenant_id=ada.tenant_id, name="Trojans"))
        db.session().flush()


def test_a_row_cannot_point_at_another_tenants_row(acme_is_full, mallory):
    with pytest.raises(IntegrityError, match="foreign key"), mallory.inside():
        contact = CONTACT.model(name="Spy", customer_id=acme_is_full.id, custom={})
        db.session().add(contact)
        db.session().flush()


def test_updates_and_deletes_stop_at_the_fence(acme_is_full, mallory, ada):
    with mallory.inside():
        for statement in ("update customer set name = 'x'", "delete from customer"):
            assert db.session().execute(text(statement)).rowcount == 0
    with ada.inside():
        assert [c.name for c in Listing(CUSTOMER).page().records] == ["Secret"]


def test_what_everybody_may_read_nobody_but_its_keeper_writes(app, ada):
    for table in sorted(FOR_ALL):
        for statement in ("delete from {}", "insert into {} default values"):
            with db.engine("app").connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(statement.format(table)))


def test_every_tenant_table_has_composite_keys(app, admin, tables):
    query = text("""
        select c.conrelid::regclass::text as table, c.contype, c.conname,
               (select array_agg(a.attname::text order by u.ord) from unnest(c.conkey) with ordinality u(num, ord)
                  join pg_attribute a on a.attrelid = c.conrelid and a.attnum = u.num) as columns
          from pg_constraint c join pg_namespace n on n.oid = c.connamespace
         where n.nspname = 'guanxi' and c.contype in ('p', 'u', 'f')""")
    with admin.connect() as connection:
        constraints = connection.execute(query).mappings().all()
    fenced = [t for t in tables if t not in GLOBAL_TABLES | LOCAL_TABLES]
    for constraint in constraints:
        name = constraint["table"].removeprefix("guanxi.").strip('"')
        if name in fenced:
            assert constraint["columns"][0] == "tenant_id", constraint["conname"]
    assert {c["table"].removeprefix("guanxi.") for c in constraints if c["contype"] == "p"} >= set(fenced)


def test_the_migrations_make_what_the_models_say(app):
    for component in components():
        found = differences(component)
        assert found.is_empty(), f"{component.name}: guanxi migrate --draft {component.name} …: {found.as_diffs()}"

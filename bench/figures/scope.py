"""The list of a director who sees the records of two hundred teams, beside the list of who sees everything: as SQL."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from bench.data.companies import Company, company
from bench.data.customers import settle
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, in_turns
from core import db
from core.access.models import Role
from core.auth.context import Door, entering
from core.customers.types import CUSTOMER
from core.records.query import Listing, Order

RECORDS, TEAMS, EACH, ROUNDS, AT_MOST = 100_000, 200, 20, 31, 1.25
SHARES = {"nine in ten of the records": 9, "one in ten of the records": 1}
"""How many tenths of the records the teams own together, the rest being others'. The first is the target's."""
TREE = """
with root as (
  insert into guanxi.team (tenant_id, id, name, path)
  select cast(:tenant as uuid), id, 'Director ' || cast(:tenths as text), '/' || replace(id::text, '-', '') || '/'
    from (select uuidv7() as id) x
  returning id, path),
leaf as (
  insert into guanxi.team (tenant_id, id, name, parent_id, path)
  select cast(:tenant as uuid), x.id, 'Team ' || n, root.id, root.path || replace(x.id::text, '-', '') || '/'
    from root, generate_series(1, :teams) n, lateral (select uuidv7() as id, n as k) x returning id, path),
seller as (
  insert into guanxi.member (tenant_id, id, name, email, status, team_id, team_path)
  select cast(:tenant as uuid), uuidv7(), 'Seller',
         'seller-' || cast(:tenths as text) || '-' || leaf.id || '@teams.example', 'active', leaf.id, leaf.path
    from leaf returning id),
director as (
  insert into guanxi.member (tenant_id, id, name, email, status, team_id, team_path)
  select cast(:tenant as uuid), uuidv7(), 'Director', 'director-' || cast(:tenths as text) || '@teams.example',
         'active', root.id, root.path from root returning id)
insert into guanxi.member_role (tenant_id, id, member_id, role_id)
select cast(:tenant as uuid), uuidv7(), director.id, cast(:role as uuid) from director
"""
OWNED = """
update guanxi.customer c set owner_id = s.ids[1 + abs(hashtext(c.id::text)) % cardinality(s.ids)]
  from (select array_agg(id) as ids from guanxi.member
         where tenant_id = :tenant and email like 'seller-' || cast(:tenths as text) || '-%') s
 where c.tenant_id = :tenant and abs(hashtext(c.id::text)) % 10 < :tenths
"""
DIRECTOR = """
select id from guanxi.member
 where tenant_id = :tenant and email = 'director-' || cast(:tenths as text) || '@teams.example'
"""


def measure(size: Size) -> Sequence[Result]:
    return [_beside(what, tenths, size) for what, tenths in SHARES.items()]


def _beside(what: str, tenths: int, size: Size) -> Result:
    rows = size.rows or RECORDS
    owned = company(rows, f"departments-{tenths}")
    director = _director(owned, tenths)
    ours, all_of_it = _list(Door(owned.tenant_id, director)), _list(owned.door())
    times = in_turns([partial(_read, owned, ours), partial(_read, owned, all_of_it)], size.rounds or ROUNDS)
    per_list = [Times([seconds / EACH for seconds in each.seconds]) for each in times]
    target = AT_MOST if tenths == max(SHARES.values()) else None
    note = "in the twin's place: the list's SQL without a filter"
    return Result("scope", f"{TEAMS} teams below, {what}", *per_list, target, note=note)


def _director(owned: Company, tenths: int) -> UUID:
    values: dict[str, Any] = {"tenant": owned.tenant_id, "tenths": str(tenths)}
    with admin().begin() as connection:
        found = connection.scalar(text(DIRECTOR), values)
    if found is None:
        with entering(owned.door()):
            role = db.session().query(Role.id).filter_by(key="sales_director").scalar()
        with admin().begin() as connection:
            connection.execute(text("set local session_replication_role = replica"))
            connection.execute(text(TREE), values | {"teams": TEAMS, "role": role})
            connection.execute(text(OWNED.replace("< :tenths", f"< {tenths}")), values)
        settle("guanxi.customer", "guanxi.member", "guanxi.team")
        with admin().begin() as connection:
            found = connection.scalar(text(DIRECTOR), values)
    return found


def _list(door: Door) -> tuple[str, dict[str, Any]]:
    """The statement of the list's first page, as this member's request makes it."""
    with entering(door):
        found = (
            Order.of(CUSTOMER, CUSTOMER.sort).parts(None, False)[0].apply(Listing(CUSTOMER).matching(CUSTOMER.model))
        )
        made = found.limit(51).compile(
            dialect=postgresql.psycopg.dialect(), compile_kwargs={"render_postcompile": True}
        )
    return str(made), dict(made.params)


def _read(owned: Company, asked: tuple[str, dict[str, Any]]) -> None:
    """The page, several times, as the tenant's own role and in its fence."""
    with entering(owned.door()):
        driver: Any = db.session().connection().connection.driver_connection
        for _ in range(EACH):
            assert len(driver.execute(*asked).fetchall()) == 51

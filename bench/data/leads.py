"""Leads in bulk: a year of them, that came by all ways and got as far as leads get."""

from uuid import UUID

from sqlalchemy import text

from bench.data.customers import settle, without_indexes
from bench.house import admin

INSERT = """
insert into guanxi.leads_lead (
  tenant_id, id, name, company, source, status, owner_id, score, touches, version, custom, created_at, updated_at,
  assigned_at, contacted_at, qualified_at, converted_at, disqualified_at, responded_at, respond_by,
  search_norm, search_pinyin, search_text, search_grams)
select cast(:tenant as uuid), uuidv7(-age), 'Lead ' || n, 'Company ' || n % 50000,
       (array['website', 'exhibition', 'api', 'wechat', 'phone'])[1 + n % 5],
       (array['new', 'new', 'contacted', 'contacted', 'qualified', 'converted', 'disqualified', 'disqualified'])[1 + k],
       case when n % 7 > 0 then m.ids[1 + n % cardinality(m.ids)] end, n % 101, 1, 1, '{}', at, at + age * random(), at,
       case when k > 1 then at + interval '3 hours' end, case when k in (4, 5) then at + interval '3 days' end,
       case when k = 5 then at + interval '20 days' end, case when k > 5 then at + interval '9 days' end,
       case when k > 1 then at + make_interval(mins => cast(n % 3000 as int)) end, at + interval '1 day',
       'lead ' || n, '', 'Lead ' || n, ''
  from generate_series(cast(1 as bigint), :rows) n,
       lateral (select make_interval(mins => cast((n * 7919) % 525600 as int)) as age, (n * 31 / 7) % 8 as k) x,
       lateral (select now() - age as at) y,
       (select array_agg(id order by id) as ids from guanxi.member where tenant_id = :tenant) m
"""


def add_leads(tenant_id: UUID, rows: int) -> None:
    """Give the tenant so many leads, unless it has them."""
    with admin().begin() as connection:
        there = connection.scalar(
            text("select count(*) from guanxi.leads_lead where tenant_id = :tenant"), {"tenant": tenant_id}
        )
        if there:
            return
        connection.execute(text("set local session_replication_role = replica"))
        with without_indexes(connection, "leads_lead"):
            connection.execute(text(INSERT), {"tenant": tenant_id, "rows": rows})
    settle("guanxi.leads_lead")

"""A workspace as large sales teams have it: many sellers, and rules for who gets which lead."""

from uuid import UUID

from sqlalchemy import func, select

from bench.data.companies import Company, company, user_of
from core import current, db
from core.access import Member
from core.auth.context import entering
from core.records.shape import raise_schema_version
from plugins.leads.models import RoutingRule
from tenants.provisioning import add_member

SELLERS = 200
RULES = 10
"""With two conditions each."""
STRATEGIES = ("turn", "load", "weighted", "same_company")


def sales_team(name: str) -> Company:
    """A company of 200 sellers, whose leads are handed out by rules with 20 conditions."""
    team = company(2, name)
    with entering(team.door()) as context:
        there = db.session().scalar(select(func.count()).where(Member.tenant_id == context.tenant_id)) or 0
    for number in range(there, SELLERS + 1):
        email = f"more{number}@{team.slug}.example"
        user_id: UUID = user_of(email)
        with entering(team.door()):
            add_member(user_id, f"More {number}", email, "sales")
    with entering(team.door()) as context:
        mine = (RoutingRule.tenant_id == context.tenant_id) & ~RoutingRule.is_default
        if db.session().scalar(select(func.count()).where(mine)):
            return team
        for number in range(RULES):
            db.session().add(RoutingRule(
                id=db.new_id(), name=f"Rule {number}", position=number, strategy=STRATEGIES[number % len(STRATEGIES)],
                condition={"all": [{"field": "company", "op": "contains", "value": f"{number}{number}"},
                                   {"field": "score", "op": "lt", "value": 90 - number}]},
                params={}, updated_at=current.now(),
            ))  # fmt: skip
        raise_schema_version()
    return team

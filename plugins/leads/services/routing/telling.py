"""What the managers of routing are told: rules that cannot be followed any more."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import or_, update

from core.sdk import _l, members_with, notify, now, session, tenant_id
from plugins.leads.models import RoutingRule
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.routing.rules import Rule

QUIET = timedelta(days=1)


def tell_of_broken(rules: Sequence[Rule], broken: Mapping[int, str]) -> None:
    """Tell the managers of rules that are passed over, once a day for each."""
    kept = {rules[place].id: (rules[place].name, why) for place, why in broken.items()}
    marked = (
        update(RoutingRule)
        .where(RoutingRule.tenant_id == tenant_id(), RoutingRule.id.in_(list(kept)))
        .where(or_(RoutingRule.told_at.is_(None), RoutingRule.told_at < now() - QUIET))
        .values(told_at=now(), updated_at=RoutingRule.updated_at)
        .returning(RoutingRule.id)
        .execution_options(synchronize_session=False)
    )
    for rule_id in session().scalars(marked).all():
        name, why = kept[rule_id]
        text = _l("The routing rule “%(rule)s” is passed over. %(reason)s")
        notify(members_with(MANAGE_ROUTING.name), text, url=f"leads/routing/{rule_id}", icon="alert-triangle",
               rule=name, reason=why)  # fmt: skip

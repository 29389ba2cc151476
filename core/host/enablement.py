"""Which modules a tenant has: installed, covered by its plan, and switched on. Nobody else asks."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db, jobs
from core.db import TenantModel
from core.errors import Conflict, NotFound
from core.host.asking import tell
from core.host.loader import host
from core.i18n import _


class TenantModule(TenantModel):
    """A module that the tenant has switched on, or off again."""

    __tablename__ = "tenant_module"
    __table_args__ = (Index("tenant_module_uq", "tenant_id", "module", unique=True),)

    module: Mapped[str]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    changed_at: Mapped[datetime] = mapped_column(default=current.now)


def effective(switched_on: Iterable[str], covered: Iterable[str] | None) -> frozenset[str]:
    """Installed ∩ covered by the plan ∩ switched on."""
    on = frozenset(switched_on) & frozenset(host().plugins)
    return on if covered is None else on & frozenset(covered)


def switch_module(name: str, *, on: bool, covered: Iterable[str] | None = None) -> None:
    """Switch a module of the tenant on or off. Off hides it and parks its work; on brings all of it back.

    Raises NotFound for a module that is not installed, Conflict when the plan or another module forbids it.
    """
    plugin = host().plugins.get(name)
    if plugin is None:
        raise NotFound(_("There is no such module."))
    if on and covered is not None and name not in covered:
        raise Conflict(_("Your plan does not cover this module."))
    enabled = current.tenant().modules
    if on and (missing := [host().plugins[r].title for r in plugin.requires if r not in enabled]):
        raise Conflict(_("Switch on first: %(list)s.", list=_(", ").join(str(m) for m in missing)))
    if not on and (needing := [p.title for p in host().plugins.values() if name in p.requires and p.name in enabled]):
        raise Conflict(_("Switch off first: %(list)s.", list=_(", ").join(str(m) for m in needing)))
    if on == (name in enabled):
        return
    row = insert(TenantModule).values(
        tenant_id=current.tenant_id(), id=db.new_id(), module=name, enabled=on, changed_at=current.now()
    )
    again = {"enabled": row.excluded.enabled, "changed_at": row.excluded.changed_at}
    db.session().execute(row.on_conflict_do_update(index_elements=["tenant_id", "module"], set_=again))
    if on:
        jobs.unpark_module(name)
    tell("module_enabled" if on else "module_disabled", only=name)

"""What happens to a workspace as such."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class WorkspaceChanged(Event):
    name = "tenants.workspace_changed"
    label = _l("Workspace changed")
    text = _l("changed the settings of the workspace")
    icon = "settings"
    audited: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class ModuleSwitched(Event):
    name = "tenants.module_switched"
    label = _l("Module switched")
    text = _l("switched the module {module}")
    icon = "toggle-right"
    audited: ClassVar[bool] = True

    module: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class SeatsGiven(Event):
    """`changes["seats"]` holds the numbers before and after, None for as many as like."""

    name = "tenants.seats_given"
    label = _l("Seats changed")
    text = _l("changed the number of seats")
    icon = "armchair"
    audited: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class AuditDaysGiven(Event):
    """`changes["audit_days"]` holds the days before and after, None for ever."""

    name = "tenants.audit_days_given"
    label = _l("Keeping of the audit log changed")
    text = _l("changed how long the audit log is kept")
    icon = "calendar-time"
    audited: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class OperatorLooked(Event):
    """Whoever runs the installation read this workspace past its fence."""

    name = "tenants.operator_looked"
    label = _l("Operator looked in")
    text = _l("the operator of the installation looked into this workspace: {reason}")
    icon = "eye-cog"
    audited: ClassVar[bool] = True

    reason: str

"""What happens to a workspace as such."""

from dataclasses import dataclass

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class WorkspaceChanged(Event):
    name = "tenants.workspace_changed"
    label = _l("Workspace changed")
    text = _l("changed the settings of the workspace")
    icon = "settings"


@dataclass(frozen=True, kw_only=True)
class ModuleSwitched(Event):
    name = "tenants.module_switched"
    label = _l("Module switched")
    text = _l("switched the module {module}")
    icon = "toggle-right"

    module: str
    on: bool

"""What happens to a user is told in each of the workspaces that the user belongs to."""

from collections.abc import Callable
from uuid import UUID

from core.auth.context import Door, entering
from core.auth.users import workspaces_of
from core.current import Cause
from core.events import Event, emit


def tell(user_id: UUID, event_of: Callable[[UUID], Event]) -> None:
    """Emit what `event_of` makes of the member's id, in every workspace where the user is an active member."""
    for workspace in workspaces_of(user_id):
        with entering(Door(workspace.tenant_id, workspace.member_id, cause=Cause("member"))):
            emit(event_of(workspace.member_id))

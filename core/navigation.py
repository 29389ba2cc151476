"""What stands around a signed-in page: filled from the record types, the modules and the member's rights."""

from flask import request

from core import current
from core.web import Frame, Link


def frame_of() -> Frame | None:
    """The frame of this request, or None outside of a workspace."""
    context = current.tenant_or_none()
    if context is None or context.member is None:
        return None
    home = f"/w/{context.slug}/"
    return Frame(
        workspace=context.name,
        home_url=home,
        nav=(Link("Home", home, "home", active=request.path == home),),
        name=context.member.name,
        email=context.member.email,
    )

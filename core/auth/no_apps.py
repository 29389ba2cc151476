"""What no app of a third party may do, whoever let it act for them."""

from core import current
from core.errors import Forbidden
from core.i18n import _


def refuse_apps() -> None:
    """Raises Forbidden for an app: who gets in, and with what, is said by people and by their own tokens."""
    if current.tenant().cause.via is not None:
        raise Forbidden(_("An app cannot do this."))

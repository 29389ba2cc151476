"""The scoring rules that a workspace starts with."""

from typing import Any

from core.sdk import _, get, session, tenant_id
from plugins.leads.models import Scoring
from plugins.leads.services.scoring.standing import forget_rules, new_rule, scoring


def make_ready_rules() -> None:
    """Give a workspace that never had any the rules that most start with. Its own are never touched."""
    if get(Scoring, tenant_id()) is not None:
        return
    scoring()
    session().add_all(new_rule(position=position, **values) for position, values in enumerate(_ready()))
    forget_rules()


def _ready() -> list[dict[str, Any]]:
    return [
        _profile(_("Can be reached by phone"), 10, _filled("phone")),
        _profile(_("Can be reached by e-mail"), 5, _filled("email")),
        _profile(_("Names their company"), 10, _filled("company")),
        _profile(_("Says what they need"), 10, _filled("need")),
        _profile(_("Names an amount"), 10, _filled("expected_amount")),
        _profile(_("Was recommended"), 20, {"field": "source", "op": "in", "value": ["referral"]}),
        _profile(_("Met us at an event"), 10, {"field": "source", "op": "in", "value": ["event"]}),
        _profile(_("Is a key lead"), 15, {"field": "is_key", "op": "is", "value": True}),
        _behaviour(_("Got in touch again"), "came_again", 15, 30, 30),
        _behaviour(_("Met us"), "met", 20, 40, 60),
        _behaviour(_("Answers our mails"), "mail_replied", 15, 30, 30),
        _behaviour(_("Sends forms"), "form_sent", 10, 20, 30),
        _behaviour(_("Follows links in our mails"), "mail_clicked", 5, 15, 14),
        _behaviour(_("Opens our mails"), "mail_opened", 2, 10, 14),
        _behaviour(_("Looks at our pages"), "page_viewed", 2, 20, 7),
        _behaviour(_("Comes to our events"), "event_attended", 15, 30, 60),
        _behaviour(_("Mails come back"), "mail_bounced", -15, 15, 90),
        _behaviour(_("Wants no more mails"), "unsubscribed", -30, 30, 180),
    ]


def _filled(key: str) -> dict[str, Any]:
    return {"all": [{"field": key, "op": "not_empty"}]}


def _profile(name: str, points: int, condition: dict[str, Any]) -> dict[str, Any]:
    met = condition if "all" in condition else {"all": [condition]}
    return {"name": name, "kind": "profile", "points": points, "condition": met}


def _behaviour(name: str, signal: str, points: int, cap: int, half_life_days: int) -> dict[str, Any]:
    return {"name": name, "kind": "behaviour", "signal": signal, "points": points, "cap": cap,
            "half_life_days": half_life_days}  # fmt: skip

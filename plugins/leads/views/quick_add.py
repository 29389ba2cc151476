"""A lead out of a business card, a signature or a chat: pasted, read, confirmed."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from core.sdk import (
    DomainError,
    Invalid,
    _,
    create_record,
    from_form,
    list_url,
    redirect_to,
    render,
    show_made,
    to,
    toast,
    url_of,
)
from plugins.leads.services.channels.quick_add import FILLED, known_lead, read_person
from plugins.leads.services.routing.turns import me_if_i_receive
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

LONGEST = 10_000


@leads.get("/quick-add", permission=to("create", "lead"))
def new_quick_lead() -> ResponseReturnValue:
    """An empty box; or, with `text`, `phone` or `email` in the address, what is known of them already."""
    given = {key: request.args[key] for key in (*FILLED, "text") if request.args.get(key)}
    text = given.pop("text", "")[:LONGEST]
    return _ask(text, given) if text or given else _show("", {})


@leads.post("/quick-add", permission=to("create", "lead"))
def create_quick_lead() -> ResponseReturnValue:
    text = request.form.get("text", "")[:LONGEST]
    if request.form.get("step") == "read":
        return _ask(text, {}) if text.strip() else _show(text, {}, {"text": _("Paste something first.")}, status=422)
    fields = [LEAD.fields()[key] for key in FILLED if key in LEAD.fields()]
    try:
        values = from_form(LEAD, request.form, fields=fields)
        owner = None if known_lead(values) else me_if_i_receive()
        lead = create_record(LEAD, values | ({"owner": owner} if owner else {}))
    except Invalid as invalid:
        errors = {each.field: each.message for each in invalid.problems}
        return _show(text, request.form, errors, asked=True, status=422)
    except DomainError as error:
        return _show(text, request.form, {"": error.message}, asked=True, status=error.status)
    if lead.touches == 1:
        return show_made(LEAD, lead)
    toast(_("“%(title)s” was known already.", title=lead.name))
    return redirect_to(url_of(LEAD, lead.id) if LEAD.is_visible(lead) else list_url(LEAD))


def _ask(text: str, given: dict[str, str]) -> ResponseReturnValue:
    found = read_person(text) if text else {}
    values = {key: each.value for key, each in found.items()} | given
    return _show(text, values, asked=True, sure={key: each.sure for key, each in found.items()})


def _show(text: str, values: Any, errors: Any = None, *, asked: bool = False, sure: Any = None,
          status: int = 200) -> ResponseReturnValue:  # fmt: skip
    fields = [LEAD.fields()[key] for key in FILLED if key in LEAD.fields()]
    return render(
        "leads/quick_add.html", text=text, values=values, errors=errors or {}, asked=asked, sure=sure or {},
        fields=fields, known=known_lead(values) if asked else None, status=status,
    )  # fmt: skip

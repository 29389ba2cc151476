"""The page on which a form is put together and seen as strangers will see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import marshmallow as ma
import orjson
from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import Control, FieldType, _, redirect_to, render, toast
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.asking import Question
from plugins.leads.services.forms.checking import FormInput
from plugins.leads.services.forms.drafting import WORDS, Draft
from plugins.leads.services.forms.fitting import WRITTEN, as_asked, fields_that_fit, values_to_choose
from plugins.leads.services.forms.making import update_form
from plugins.leads.views.blueprints import leads
from plugins.leads.views.forms.one import MANAGES, address, form_or_404, tabs
from plugins.leads.views.public_form.drawing import drawn
from plugins.leads.views.public_form.filling_in import show_preview

WIDTHS = ("phone", "wide")


@dataclass
class Placing:
    """A place on the canvas: the control as the form will show it, and whether it comes up only sometimes."""

    key: str
    control: Control
    is_conditional: bool


@leads.get("/forms/<uuid:form_id>", permission=MANAGES)
def design_form(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    return _page(form, Draft.of(fields_that_fit(), form.steps))


@leads.post("/forms/<uuid:form_id>", permission=MANAGES)
def change_form(form_id: UUID) -> ResponseReturnValue:
    """One step of the work, or with `save` its end. Nothing is kept before that: the draft goes to and fro."""
    form = form_or_404(form_id)
    step = request.form.get("step", "")
    draft = _posted(form)
    _take_properties(draft)
    if step == "order":
        draft.order(_json(request.form.get("order", "")))
    elif step == "save":
        try:
            update_form(form, FormInput().load({"steps": draft.pages}))
        except ma.ValidationError as error:
            return _page(form, draft, _flat(error), status=422)
        toast(_("The form was saved."))
        return redirect_to(url_for(".design_form", form_id=form.id))
    else:
        draft.step(step)
    return _page(form, draft)


@leads.post("/forms/<uuid:form_id>/preview", permission=MANAGES)
def preview_form(form_id: UUID) -> ResponseReturnValue:
    """The form as it is being put together, as strangers would see it. Nothing is kept."""
    form = form_or_404(form_id)
    return show_preview(form, _posted(form).pages)


def _posted(form: LeadForm) -> Draft:
    fit = fields_that_fit()
    draft = Draft.read(fit, request.form.get("layout", ""), request.form.get("selected", ""))
    return draft or Draft.of(fit, form.steps)


def _take_properties(draft: Draft) -> None:
    """Write what stands in the pane into the draft."""
    form, place = request.form, draft.place
    if draft.selected.startswith("page:") and "p-page-title" in form:
        draft.pages[draft.page_number]["title"] = " ".join(form["p-page-title"].split())[:200]
    if place is None or "p-label" not in form:
        return
    key = place["key"]
    of = draft.fit[key]
    said: dict[str, Any] = {name: form.get(f"p-{name}", "") for name in WORDS}
    said["label"] = "" if said["label"].strip() == str(of.label) else said["label"]
    said["help"] = "" if said["help"].strip() == str(of.help) else said["help"]
    said["required"] = "p-required" in form
    if form.get("p-when") in draft.before(key):
        said["when"] = _when(draft, place, form["p-when"])
    draft.say(key, said)
    if (number := form.get("p-page", "")).isdecimal() and int(number) != draft.page_number:
        draft.to_page(key, int(number))


def _when(draft: Draft, place: dict[str, Any], asked: str) -> dict[str, Any]:
    """When the field is shown. Of another field than before, nothing is chosen yet."""
    choices, form = values_to_choose(draft.fit[asked]), request.form
    if (place.get("when") or {}).get("field") != asked:
        return {"field": asked, "op": "is" if choices else "filled", "value": [choices[0][0]] if choices else []}
    values = form.getlist("p-when-value")
    if not choices:
        values = [each.strip() for value in values for each in value.replace("，", ",").split(",")]
    return {"field": asked, "op": form.get("p-when-op", "is"), "value": [each for each in values if each]}


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _flat(error: ma.ValidationError) -> list[str]:
    """All messages, wherever they stand."""
    found: list[str] = []
    for messages in error.normalized_messages().values():
        found += messages if isinstance(messages, list) else [str(messages)]
    return found


# --- the page ------------------------------------------------------------------------------------------


def _page(form: LeadForm, draft: Draft, problems: Sequence[str] = (), *, status: int = 200) -> ResponseReturnValue:
    place = draft.place
    kept = Draft.of(draft.fit, form.steps)
    return render(
        "leads/form_design.html",
        "leads/_form_designer.html",
        status=status,
        form=form,
        draft=draft,
        saved=kept.text,
        is_changed=draft.text != kept.text,
        problems=problems,
        tabs=tabs(form, "design"),
        address=address(form),
        pages=[(page, [_placing(draft, each) for each in page["fields"]]) for page in draft.pages],
        unplaced=draft.unplaced(),
        place=place,
        of=draft.fit[place["key"]] if place else None,
        can_hint=place is not None and draft.fit[place["key"]].widget in WRITTEN,
        earlier=draft.before(place["key"]) if place else [],
        when_options=[("", _("Always"))]
        + [(key, _("Depends on “%(field)s”", field=draft.fit[key].label)) for key in draft.before(place["key"])]
        if place
        else [],
        choices=_choices(draft, place),
        chosen_page=draft.pages[draft.page_number] if draft.selected.startswith("page:") else None,
        width=request.form.get("width") if request.form.get("width") in WIDTHS else WIDTHS[0],
    )


def _choices(draft: Draft, place: dict[str, Any] | None) -> list[tuple[str, Any]]:
    """The values of the field on which the selected one depends, where it has a few."""
    asked = ((place or {}).get("when") or {}).get("field")
    of: FieldType | None = draft.fit.get(asked) if asked else None
    return values_to_choose(of) if of is not None else []


def _placing(draft: Draft, place: dict[str, Any]) -> Placing:
    question = Question(as_asked(draft.fit[place["key"]], place), place.get("placeholder", ""))
    made = drawn(question, question.of.typed(None))
    return Placing(place["key"], made, place.get("when") is not None)

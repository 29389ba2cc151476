"""Filling in a form, page by page, and sending it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from core.sdk import (
    Conflict,
    FieldProblem,
    Invalid,
    _,
    anyone,
    let_be_framed_by,
    let_forms_lead_to,
    limiter,
    redirect_to,
    render,
    tenant,
    whole_url,
)
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.asking import Question, Step, shown_on, steps_of
from plugins.leads.services.forms.counting import count
from plugins.leads.services.forms.reading import read_page
from plugins.leads.services.forms.receiving import AGREED, CONFIRM_TO, Closed, submit_form, why_closed
from plugins.leads.views.blueprints import for_strangers
from plugins.leads.views.forms.one import form_or_404
from plugins.leads.views.public_form import journey
from plugins.leads.views.public_form.colours import style_of
from plugins.leads.views.public_form.drawing import drawn
from plugins.leads.views.public_form.proof import is_proven

TRAPS = ("website", "homepage", "url2")
"""A field that people do not see. Whoever fills it in is a machine, and is thanked without being heard."""
STEP, GO = "gx_step", "gx_go"
SHOWN = (
    "title", "intro", "accent", "consent_text", "consent_version", "consent_required", "embedded_in", "redirect_to",
    "double_opt_in",
)  # fmt: skip
"""What of a form can be seen by looking at it."""


def _turns_a_page() -> bool:
    """Going to and fro within the form writes nothing."""
    return request.form.get(GO) in ("next", "back")


per_sender = limiter.limit("10/minute;60/hour", exempt_when=_turns_a_page)
pages_per_sender = limiter.limit("90/minute")
plain_posts = limiter.limit("30/minute;300/hour", key_func=lambda: f"plain {request.path}", exempt_when=journey.is_ours)


@for_strangers.get("/forms/<uuid:form_id>", permission=anyone)
def show_form(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    if closed := why_closed(form):
        return _say(form, closed)
    count(form, "views")
    return _show(form, MultiDict(), came=journey.first_seen())


@for_strangers.post("/forms/<uuid:form_id>", permission=anyone)
@pages_per_sender
@per_sender
@plain_posts
def create_entry(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    if not journey.may_post(form):
        return _refuse(form)
    if request.form.get(trap_of(form)):
        return redirect_to(_thanks(form))
    if closed := why_closed(form):
        return _say(form, closed, status=410)
    if _turns_a_page():
        return _turn(form)
    return _send(form)


@for_strangers.get("/forms/<uuid:form_id>/thanks", permission=anyone)
def show_thanks(form_id: UUID) -> ResponseReturnValue:
    form = form_or_404(form_id)
    let_be_framed_by(form.embedded_in)
    return render("leads/public_thanks.html", form=form, company=tenant().name)


@for_strangers.get("/forms/<uuid:form_id>/mailbox", permission=anyone)
def show_mailbox(form_id: UUID) -> ResponseReturnValue:
    """A link to confirm is on its way."""
    form = form_or_404(form_id)
    let_be_framed_by(form.embedded_in)
    return render("leads/public_mailbox.html", form=form, company=tenant().name)


@for_strangers.get("/forms/<uuid:form_id>/look.css", permission=anyone)
def show_look(form_id: UUID) -> ResponseReturnValue:
    """The form's own colour. A file, since no style may stand in a page."""
    response = make_response(style_of(form_or_404(form_id).accent))
    response.mimetype = "text/css"
    return response


def trap_of(form: LeadForm) -> str:
    """The name of the hidden field: one that the form does not ask for."""
    keys = {question.key for step in steps_of(form) for question in step.questions}
    return next(name for name in TRAPS if name not in keys)


def show_preview(form: LeadForm, pages: list[dict[str, Any]]) -> ResponseReturnValue:
    """The form with these pages, all of which can be turned, and nothing sent."""
    draft = LeadForm(**{name: getattr(form, name) for name in SHOWN})
    draft.id, draft.steps = form.id, pages
    number = int(request.form.get("page", "0")) if request.form.get("page", "0").isdecimal() else 0
    return _show(draft, MultiDict(), number=number, came={}, preview=True)


# --- one page after the other --------------------------------------------------------------------------


def _turn(form: LeadForm) -> ResponseReturnValue:
    number = _number(steps_of(form))
    if request.form[GO] == "back":
        return _show(form, request.form, number=max(0, number - 1), came=journey.carried())
    try:
        read_page(form, request.form, number)
    except Invalid as invalid:
        return _show(form, request.form, number=number, came=journey.carried(), problems=invalid.problems)
    return _show(form, request.form, number=number + 1, came=journey.carried())


def _send(form: LeadForm) -> ResponseReturnValue:
    if journey.in_haste():
        hasty = FieldProblem("", "in_haste", _("That was quick. Please look it over and send it again."))
        return _correct(form, [hasty])
    link = whole_url(url_for(".show_confirmation", form_id=form.id, token="TOKEN"))
    trusted = is_proven(form) or not journey.is_ours()
    try:
        entry = submit_form(form, request.form, journey.touch(), link, trusted=trusted)
    except Invalid as invalid:
        return _correct(form, invalid.problems)
    except Conflict as conflict:
        return _correct(form, [FieldProblem("", conflict.code, conflict.message)])
    except Closed as closed:
        return _say(form, closed.message, status=410)
    return redirect_to(_thanks(form) if entry.lead_id else url_for(".show_mailbox", form_id=form.id))


def _correct(form: LeadForm, problems: list[FieldProblem]) -> ResponseReturnValue:
    """Show the first page on which something is wrong; a plain post from elsewhere goes on with us."""
    steps, faulty = steps_of(form), {each.field for each in problems}
    wrong = (n for n, step in enumerate(steps) if faulty & {each.key for each in step.questions})
    return _show(form, request.form, number=next(wrong, len(steps) - 1), came=journey.carried(), problems=problems)


def _number(steps: list[Step]) -> int:
    said = request.form.get(STEP, "0")
    return min(int(said), len(steps) - 1) if said.isdecimal() and len(said) < 4 else 0


def _show(
    form: LeadForm, answers: MultiDict[str, str], *, came: Mapping[str, str], number: int = 0,
    problems: list[FieldProblem] | None = None, preview: bool = False,
) -> ResponseReturnValue:  # fmt: skip
    let_be_framed_by(form.embedded_in)
    if form.redirect_to:
        let_forms_lead_to("{0.scheme}://{0.netloc}".format(urlsplit(form.redirect_to)))
    steps = steps_of(form)
    number = min(number, len(steps) - 1)
    errors = {problem.field: problem.message for problem in problems or ()}
    shown = _all_of(steps[number]) if preview else shown_on(steps, answers, number)
    here = {question.key for question, _depends in shown}
    controls = [
        (drawn(each, each.of.from_form(answers, each.key) if answers else each.of.typed(None), errors.get(each.key)),
         each.when if depends else None)
        for each, depends in shown
    ]  # fmt: skip
    return render(
        "leads/public_form.html",
        status=422 if problems else 200,
        form=form,
        company=tenant().name,
        title=steps[number].title,
        controls=controls,
        errors=errors,
        labels={each.key: each.of.label for each, _depends in shown},
        hidden=[*came.items(), *_elsewhere(steps, answers, here)],
        number=number,
        steps=len(steps),
        is_last=number == len(steps) - 1,
        trap=trap_of(form),
        step_name=STEP,
        go=GO,
        agreed=bool(answers.get(AGREED)),
        confirm_to=CONFIRM_TO if CONFIRM_TO in errors or answers.get(CONFIRM_TO) else None,
        confirm_value=answers.get(CONFIRM_TO, ""),
        preview=preview,
        when_text=_when_text(steps),
    )


def _all_of(step: Step) -> list[tuple[Question, bool]]:
    """Every question of a page, also those that depend on what was answered before."""
    here = {question.key for question in step.questions}
    return [(each, each.when is not None and each.when["field"] in here) for each in step.questions]


def _elsewhere(steps: list[Step], answers: MultiDict[str, str], here: set[str]) -> list[tuple[str, str]]:
    """What was answered on the other pages."""
    keys = {question.key for step in steps for question in step.questions}

    def owner(name: str) -> str | None:
        fits = [key for key in keys if name == key or name.startswith((f"{key}_", f"{key}-"))]
        return max(fits, key=len, default=None)

    return [(name, value) for name, value in answers.items(multi=True) if (found := owner(name)) and found not in here]


def _when_text(steps: list[Step]) -> Any:
    """Of a field that comes up only sometimes, when: for browsers that run no scripts."""
    words = {question.key: question.of for step in steps for question in step.questions}

    def text(when: Mapping[str, Any]) -> str:
        of = words[when["field"]]
        labels = {option.value: str(option.label) for option in getattr(of, "options", ())}
        values = _(", ").join(
            labels.get(value, _("Yes") if of.widget == "switch" else value) for value in when["value"]
        )
        if when["op"] == "filled":
            return _("Only if you filled in “%(field)s”.", field=of.label)
        if when["op"] == "is_not":
            return _("Not for “%(field)s”: %(values)s.", field=of.label, values=values)
        return _("Only for “%(field)s”: %(values)s.", field=of.label, values=values)

    return text


# --- where one ends up ---------------------------------------------------------------------------------


def _thanks(form: LeadForm) -> str:
    return form.redirect_to or url_for(".show_thanks", form_id=form.id)


def _say(form: LeadForm, text: str, *, status: int = 200) -> ResponseReturnValue:
    let_be_framed_by(form.embedded_in)
    return render("leads/public_closed.html", form=form, company=tenant().name, text=text, status=status)


def _refuse(form: LeadForm) -> ResponseReturnValue:
    text = _("This form is not taken from that page. Fill it in here instead.")
    link = Markup('<a class="gx-btn gx-btn-primary" href="{}">{}</a>').format(
        url_for(".show_form", form_id=form.id), _("Open the form")
    )
    return render("leads/public_closed.html", form=form, company=tenant().name, text=text, link=link, status=403)

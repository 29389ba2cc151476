"""From what a stranger posted to the values of a lead, with every fault beside its field."""

from collections.abc import Sequence
from typing import Any

from core.sdk import FieldProblem, Invalid, _, from_form
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.asking import Answers, Question, asked, steps_of
from plugins.leads.services.forms.fitting import SINGLE, WAYS, lead_type

MOST_NAMES = 300
"""So many different controls no form has, with all that each may send."""


def read_page(form: LeadForm, answers: Answers, number: int) -> None:
    """Look at one page before the next is shown. Raises Invalid."""
    pages = asked(steps_of(form), answers)
    _values(form, pages[number] if number < len(pages) else [], answers)


def read_answers(form: LeadForm, answers: Answers) -> dict[str, Any]:
    """The values of the lead. Raises Invalid for all faults together, and for no way to answer."""
    questions = [each for page in asked(steps_of(form), answers) for each in page]
    values = _values(form, questions, answers)
    keys = [each.key for each in questions]
    ways = [way for way in WAYS if way in keys]
    if ways and not any(values.get(way) for way in ways):
        message = _("Leave a phone number or an e-mail address, so that we can answer.")
        raise Invalid([FieldProblem(ways[0], "required", message)])
    return {key: value for key, value in values.items() if value is not None}


def _values(form: LeadForm, questions: Sequence[Question], answers: Answers) -> dict[str, Any]:
    if len(set(answers.keys())) > MOST_NAMES:
        raise Invalid([FieldProblem("", "too_many", _("This is more than the form asks for."))])
    repeated = [
        FieldProblem(each.key, "repeated", _("This came more than once. Fill it in again."))
        for each in questions
        if each.of.widget in SINGLE and len(set(answers.getlist(each.key))) > 1
    ]
    fields = [each.of for each in questions]
    if form.double_opt_in:
        for of in fields:
            of.required = of.required or of.key == "email"
    try:
        values = from_form(lead_type(), answers, fields=fields) if fields else {}
    except Invalid as invalid:
        faulty = {each.field for each in repeated}
        raise Invalid(repeated + [each for each in invalid.problems if each.field not in faulty]) from None
    if repeated:
        raise Invalid(repeated)
    return dict(values)


def spoken(form: LeadForm, values: dict[str, Any]) -> dict[str, str]:
    """What was said, in the form's words: for who reads it later."""
    words = {each.key: each.of for step in steps_of(form) for each in step.questions}
    return {str(words[key].label): words[key].text(value)[:2000] for key, value in values.items() if key in words}

"""What a form asks of somebody, given what they have answered so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.sdk import FieldType
from plugins.leads.models.form import LeadForm
from plugins.leads.services.forms.fitting import as_asked, fields_that_fit

OPS = ("is", "is_not", "filled")


class Answers(Protocol):
    """What was posted, by the name of each control."""

    def get(self, name: str, /) -> Any: ...
    def getlist(self, name: str, /) -> list[str]: ...
    def keys(self) -> Any: ...


@dataclass(frozen=True)
class Question:
    """A field on a form, in the form's words. It is asked only `when` another one has such an answer."""

    of: FieldType
    placeholder: str = ""
    when: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        return self.of.key


@dataclass(frozen=True)
class Step:
    title: str = ""
    questions: Sequence[Question] = field(default_factory=tuple)


def steps_of(form: LeadForm) -> list[Step]:
    """What the form asks, page by page, without the fields that have gone meanwhile."""
    fit = fields_that_fit()
    steps = [
        Step(step.get("title", ""), [_question(fit[p["key"]], p) for p in step["fields"] if p["key"] in fit])
        for step in form.steps
    ]
    return [step for step in steps if step.questions] or [Step()]


def _question(of: FieldType, place: dict[str, Any]) -> Question:
    return Question(as_asked(of, place), place.get("placeholder", ""), place.get("when"))


def asked(steps: Sequence[Step], answers: Answers) -> list[list[Question]]:
    """Those of the questions that come up, page by page. An answer to what does not come up does not count."""
    seen: set[str] = set()
    return [list(_coming_up(step, answers, seen)) for step in steps]


def _coming_up(step: Step, answers: Answers, seen: set[str]) -> Iterator[Question]:
    for question in step.questions:
        if question.when is None or (question.when["field"] in seen and met(question.when, answers)):
            seen.add(question.key)
            yield question


def met(when: Mapping[str, Any], answers: Answers) -> bool:
    """Whether the answer is as the condition says, as it was posted: `static/leads/asking.js` compares the same."""
    given = {plain for each in answers.getlist(when["field"]) if (plain := _plain(each))}
    if when["op"] == "filled":
        return bool(given)
    return bool(given & {_plain(each) for each in when["value"]}) is (when["op"] == "is")


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def shown_on(steps: Sequence[Step], answers: Answers, number: int) -> list[tuple[Question, bool]]:
    """The questions of a page, each with whether it depends on an answer that is given on this page: such a one is
    drawn, since nobody knows yet."""
    earlier = {each.key for page in asked(steps, answers)[:number] for each in page}
    here: set[str] = set()
    shown = []
    for question in steps[number].questions:
        when = question.when
        depends = when is not None and when["field"] in here
        if when is None or depends or (when["field"] in earlier and met(when, answers)):
            here.add(question.key)
            shown.append((question, depends))
    return shown

"""The controls of a form as strangers see them."""

from typing import Any

from core.sdk import Control, control
from plugins.leads.services.forms.asking import Question

FILLED_IN_BY_BROWSERS = {
    "name": "name", "company": "organization", "title": "organization-title", "phone": "tel", "email": "email",
}  # fmt: skip


def drawn(question: Question, typed: Any, error: str | None = None) -> Control:
    """The control of a question, with what was typed and what is wrong with it."""
    made = control(question.of, typed, error=error, is_new=True)
    made.wide = True
    if made.kind in ("text", "email", "tel", "url", "textarea"):
        made.extra["autocomplete"] = FILLED_IN_BY_BROWSERS.get(question.key, "off")
    if question.placeholder:
        made.extra["placeholder"] = question.placeholder
    return made

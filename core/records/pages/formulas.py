"""What a formula gives, told while it is being written."""

from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from core import current, db
from core.i18n import _
from core.records.fields import FieldError
from core.records.formulas.errors import FormulaError
from core.records.formulas.fields import Formula
from core.records.formulas.kinds import KINDS
from core.records.pages.blueprint import records
from core.records.pages.own_fields import MANAGE, customisable_type
from core.records.types import RecordType
from core.web import render

AROUND = 20
BEING_WRITTEN = "being_written"
"""The key of a formula that is no field yet."""


@dataclass(frozen=True)
class Outcome:
    """What the page says: the kind and an example, or what is wrong with the formula and where."""

    kind: Any = ""
    title: str = ""
    example: Any = ""
    problem: str = ""
    before: str = ""
    wrong: str = ""
    after: str = ""


@records.post("/settings/formulas/<plural>", permission=MANAGE)
def check_formula(plural: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    form = request.form
    key = form.get("key") if form.get("key") in record_type.fields() else None
    outcome = outcome_of(record_type, form.get("formula", ""), form.get("decimals", ""), key=key)
    return render("records/formula.html", "records/_formula.html", outcome=outcome, record_type=record_type)


def outcome_of(record_type: RecordType, text: str, decimals: str = "", *, key: str | None = None) -> Outcome | None:
    """What becomes of a formula. `key` is the field that it is to be the formula of, which it must not lead back to."""
    if not text.strip():
        return None
    text = text.replace("\x00", "").strip()
    digits = int(decimals) if decimals.isascii() and decimals.isdigit() and int(decimals) <= 8 else None
    of = Formula(_("Formula"), formula=text, decimals=digits)
    of.bind_custom(key or BEING_WRITTEN, None)  # type: ignore[arg-type]
    of.record_type = record_type.name
    try:
        kind = of.check()
    except FormulaError as error:
        at = min(error.at, len(text))
        return Outcome(problem=error.message, before=text[max(0, at - AROUND) : at], wrong=text[at : at + 1],
                       after=text[at + 1 : at + AROUND])  # fmt: skip
    except FieldError as error:
        return Outcome(problem=error.message)
    if current.tenant().grants.fields:  # what a formula comes to could tell what the member may not read
        return Outcome(KINDS[kind])
    latest = record_type.visible(record_type.model.id, *record_type.title_field.columns(record_type.model),
                                 *of.columns(record_type.model))  # fmt: skip
    row = db.session().execute(latest.order_by(record_type.model.id.desc()).limit(1)).first()
    if row is None:
        return Outcome(KINDS[kind])
    return Outcome(KINDS[kind], record_type.title_of(row), of.html(of.get(row)))

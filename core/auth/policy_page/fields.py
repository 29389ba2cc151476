"""What may be demanded, as fields: the page draws them, the API speaks of them, both check by them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from core.auth.policy import Policy
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.records.fields import Date, FieldError, FieldType, Integer, YesNo


@dataclass(frozen=True)
class Section:
    """Fields of `Policy` that belong together, by their names there."""

    title: Any
    fields: Mapping[str, FieldType]


SECTIONS = (
    Section(_l("Second factor"), {
        "second_factor_from": Date(
            _l("Required of everybody from"),
            help=_l("Until then, members without one are reminded on each page; from then on they set one up before"
                    " anything else. Leave it empty to let everybody decide."),
        ),
    }),
    Section(_l("Sessions"), {
        "idle_minutes": Integer(
            _l("Minutes without use"), range=(5, 7 * 24 * 60),
            help=_l("After so long without using this workspace one signs in again. Empty: no limit of your own."
                    " Other workspaces of the same person keep their own rules."),
        ),
        "absolute_hours": Integer(
            _l("Hours since signing in"), range=(1, 30 * 24),
            help=_l("After so long one signs in again, however busy. Empty: 30 days."),
        ),
    }),
    Section(_l("API tokens"), {
        "personal_tokens": YesNo(
            _l("Members make tokens for themselves"),
            help=_l("Otherwise only those who manage API tokens do."),
        ),
        "token_days_most": Integer(
            _l("Days that a new token may live"), range=(1, 3650), help=_l("Empty: as long as its maker likes."),
        ),
    }),
    Section(_l("Exports"), {
        "watermark": YesNo(
            _l("Exported sheets say who exported them, and when"),
            help=_l("Behind the cells of a workbook, on each printed page and in the file's name."),
        ),
    }),
    Section(_l("Unusual use"), {
        "unusual_alarm": YesNo(
            _l("Tell when somebody looks at or takes out unusually much"),
            help=_l("Whoever manages security is told by mail, once a day for each member. Unusual is what is above"
                    " the limit, and what is above the floor and so many times what is usual for that member."),
        ),
        "unusual_times": Integer(_l("Times the usual amount"), range=(2, 100)),
        "opened_floor": Integer(_l("Records opened in a day: floor"), range=(10, 1_000_000)),
        "opened_limit": Integer(_l("Records opened in a day: limit"), range=(10, 1_000_000)),
        "listed_floor": Integer(_l("Rows of lists shown in a day: floor"), range=(100, 100_000_000)),
        "listed_limit": Integer(_l("Rows of lists shown in a day: limit"), range=(100, 100_000_000)),
        "exported_floor": Integer(_l("Rows exported in a day: floor"), range=(1, 100_000_000)),
        "exported_limit": Integer(_l("Rows exported in a day: limit"), range=(1, 100_000_000)),
        "revealed_floor": Integer(_l("Values revealed in a day: floor"), range=(1, 10_000)),
        "revealed_limit": Integer(_l("Values revealed in a day: limit"), range=(1, 10_000)),
    }),
)  # fmt: skip

FIELDS: dict[str, FieldType] = {name: of for section in SECTIONS for name, of in section.fields.items()}
for _name, _of in FIELDS.items():
    _of.bind(_name)
NONE: Policy = Policy()
"""What holds where nothing is demanded."""


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept, of what was typed or sent. Raises Invalid with all faults together."""
    kept, problems = {}, []
    for name, raw in given.items():
        if name not in FIELDS:
            problems.append(FieldProblem(name, "unknown", _("There is no such setting.")))
            continue
        try:
            value = FIELDS[name].parse(None if raw in (0, "0") and _is_limit(name) else raw)
        except FieldError as error:
            problems.append(FieldProblem(name, error.code, error.message))
            continue
        kept[name] = getattr(NONE, name) if value is None else FIELDS[name].dump(value)
    if problems:
        raise Invalid(problems)
    return kept


def typed(policy: Policy) -> dict[str, Any]:
    """What stands in the controls: a limit that there is not is empty."""
    values = asdict(policy)
    shown = {name: None if values[name] == 0 and _is_limit(name) else values[name] for name in FIELDS}
    return {name: of.typed(of.parse(shown[name])) for name, of in FIELDS.items()}


def schema() -> dict[str, Any]:
    """The JSON of them all; no limit is 0, no day is null."""
    return {name: _schema(name, of) for name, of in FIELDS.items()}


def _schema(name: str, of: FieldType) -> dict[str, Any]:
    made = dict(of.json_schema())
    if _is_limit(name):
        return {"type": "integer", "minimum": 0, "maximum": made["maximum"]}
    return made if isinstance(of, YesNo) else made | {"type": [made["type"], "null"]}


def _is_limit(name: str) -> bool:
    return isinstance(FIELDS[name], Integer)

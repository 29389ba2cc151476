"""Choices, states, tags and yes/no."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from markupsafe import Markup
from sqlalchemy import Boolean
from sqlalchemy.types import TypeEngine

from core.i18n import _, _l
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.in_json import LIST_OPERATORS, InJson
from core.records.fields.operators import CHOICE_OPERATORS, EMPTY, IS, IS_NOT, NOT_EMPTY


@dataclass(frozen=True)
class Option:
    """One value of a choice. `color` is a name of the palette: blue, green, orange, red, purple, teal, gray."""

    value: str
    label: Any
    color: str = "gray"


def as_options(given: Sequence[Option | Mapping[str, Any]]) -> tuple[Option, ...]:
    return tuple(o if isinstance(o, Option) else Option(**o) for o in given)


def pill(option: Option) -> Markup:
    return Markup('<span class="gx-badge gx-{}">{}</span>').format(option.color, str(option.label))


def dotted(option: Option) -> Markup:
    """A pill for a state, told from other choices by its dot."""
    return Markup('<span class="gx-status gx-{}"><span class="gx-dot"></span>{}</span>').format(
        option.color, str(option.label)
    )


MAX_OPTIONS = 500
OPTION_COLORS = ("blue", "cyan", "teal", "green", "amber", "orange", "red", "pink", "purple", "gray")


class OptionList(FieldType):
    """Setting: the options of a choice in their order, each with its colour. An option keeps its value when renamed."""

    type_name = "options"
    widget = "options"
    json_types = (list,)

    def from_form(self, form: Any, name: str) -> Any:
        """The rows of the editor, or one option on each line."""
        if f"{name}-label" not in form:
            return form.get(name)
        rows = zip(*(form.getlist(f"{name}-{part}") for part in ("value", "label", "color")), strict=False)
        return [{"value": value, "label": label, "color": color} for value, label, color in rows]

    def parse(self, raw: Any) -> list[dict[str, Any]] | None:
        if isinstance(raw, str):
            raw = [{"label": line, "color": OPTION_COLORS[n % 10]} for n, line in enumerate(raw.splitlines())]
        if raw is None:
            return None
        if not isinstance(raw, list) or len(raw) > MAX_OPTIONS:
            raise FieldError("wrong_type", _("Name up to %(limit)s options.", limit=MAX_OPTIONS))
        found: list[dict[str, Any]] = []
        taken = {each.get("value") for each in raw if isinstance(each, Mapping)}
        for each in raw:
            if not isinstance(each, Mapping) or not isinstance(each.get("label", ""), str):
                raise FieldError("wrong_type", _("Send a list of options."))
            label = " ".join(each.get("label", "").replace("\x00", "").split())[:100]
            if label and label not in {one["label"] for one in found}:
                value = each.get("value") or self._free(label, taken)
                color = each.get("color") if each.get("color") in OPTION_COLORS else "gray"
                found.append({"value": str(value)[:100], "label": label, "color": color})
        if len({one["value"] for one in found}) < len(found):
            raise FieldError("duplicate", _("Two options have the same value."))
        return found or None

    @staticmethod
    def _free(label: str, taken: set[Any]) -> str:
        """The label itself is the value, unless an option that was renamed still holds it."""
        value, n = label, 1
        while value in taken:
            n += 1
            value = f"{label} {n}"
        taken.add(value)
        return value

    def typed(self, value: Any) -> Any:
        return value or []


class Choice(FieldType):
    """One of a list of options."""

    type_name = "choice"
    icon = "circle-dot"
    title = _l("Single choice")
    widget = "select"
    operators = CHOICE_OPERATORS
    configurable = ("options",)

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"options": [{"value": "red", "label": "Red"}, {"value": "blue", "label": "Blue"}]}

    def __init__(self, label: Any, *, options: Sequence[Option | Mapping[str, Any]], **rest: Any) -> None:
        super().__init__(label, **rest)
        self.options = as_options(options)
        self.by_value = {o.value: o for o in self.options}

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return {"options": OptionList(_l("Options"), required=True)}

    def parse_text(self, text: str) -> str:
        if text in self.by_value:
            return text
        for option in self.options:
            if text.casefold() in (option.value.casefold(), str(option.label).casefold()):
                return option.value
        wanted = ", ".join(str(o.label) for o in self.options[:12])
        raise FieldError("not_an_option", _("Choose one of: %(list)s.", list=wanted))

    def load(self, stored: Any) -> Any:
        return stored

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "" if value is None else self.label_of(value)

    def typed(self, value: Any) -> Any:
        return value or ""

    def label_of(self, value: str) -> str:
        option = self.by_value.get(value)
        return str(option.label) if option else value

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return "" if value is None else pill(self.by_value.get(value) or Option(value, value))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [o.value for o in self.options]}

    def example(self) -> Any:
        return self.options[0].value


@dataclass(frozen=True)
class StateOption(Option):
    """A state: `to` names the states that may follow (None: any), `requires` the fields it must have filled."""

    to: tuple[str, ...] | None = None
    requires: tuple[str, ...] = ()


class State(Choice):
    """A choice with allowed transitions. Changes go through the service, which asks `check_move`."""

    type_name = "state"
    icon = "progress"
    title = _l("State")

    def __init__(self, label: Any, *, states: Sequence[StateOption], default: str, **rest: Any) -> None:
        super().__init__(label, options=states, default=default, required=True, **rest)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return "" if value is None else dotted(self.by_value.get(value) or Option(value, value))

    def check_move(self, old: str | None, new: str, filled: Mapping[str, Any], labels: Mapping[str, Any]) -> None:
        """Raises FieldError when the state may not follow, or a field that it requires is empty."""
        before, after = self.by_value.get(old or ""), self.by_value[new]
        if isinstance(before, StateOption) and before.to is not None and new != old and new not in before.to:
            raise FieldError("not_allowed", _("“%(new)s” cannot follow “%(old)s”.", new=after.label, old=before.label))
        missing = [str(labels[k]) for k in getattr(after, "requires", ()) if filled.get(k) is None]
        if missing:
            raise FieldError("missing_for_state", _("Fill in first: %(list)s.", list=_(", ").join(missing)))


class MultiChoice(InJson):
    """Several of a list of options, kept as a list in the order of the options."""

    type_name = "multi_choice"
    icon = "list-check"
    title = _l("Multiple choice")
    wide = True
    widget = "checkboxes"
    json_types = (list,)
    configurable: ClassVar[tuple[str, ...]] = ("options",)
    operators = LIST_OPERATORS

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return Choice.example_config()

    def __init__(self, label: Any, *, options: Sequence[Option | Mapping[str, Any]], **rest: Any) -> None:
        super().__init__(label, **rest)
        self.one = Choice(label, options=options)
        self.options = self.one.options

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return {"options": OptionList(_l("Options"), required=True)} if "options" in cls.configurable else {}

    def from_form(self, form: Any, name: str) -> Any:
        return [value for value in form.getlist(name) if value] or None

    def parse(self, raw: Any) -> list[str] | None:
        if isinstance(raw, str):
            raw = re.split("[;；,，、|]", raw)
        if raw is None:
            return None
        if not isinstance(raw, list) or len(raw) > 200:
            raise FieldError("wrong_type", _("Send a list of options."))
        chosen = {value for each in raw if (value := self.choose(each)) is not None}
        return self.in_order(chosen) or None

    def choose(self, raw: Any) -> str | None:
        return self.one.parse(raw)

    def in_order(self, chosen: set[str]) -> list[str]:
        return [o.value for o in self.options if o.value in chosen]

    def _one(self, raw: Any) -> Any:
        return self.choose(raw)

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "; ".join(self.one.label_of(each) for each in value or ())

    def typed(self, value: Any) -> Any:
        return list(value or ())

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        options = (self.one.by_value.get(each) or Option(each, each) for each in value or ())
        return Markup(" ").join(pill(option) for option in options)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.one.json_schema(), "maxItems": 200}

    def example(self) -> Any:
        return [self.options[0].value]


class Tags(MultiChoice):
    """Words of one's own, as many as one likes."""

    type_name = "tags"
    icon = "tags"
    title = _l("Tags")
    widget = "text"
    wide = False
    configurable = ()

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, options=(), **rest)

    def from_form(self, form: Any, name: str) -> Any:
        return form.get(name)

    def typed(self, value: Any) -> Any:
        return self.text(value)

    def choose(self, raw: Any) -> str | None:
        if not isinstance(raw, str):
            raise FieldError("wrong_type", _("Send a list of words."))
        word = " ".join(raw.replace("\x00", "").split())
        if len(word) > 50:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=50))
        return word or None

    def in_order(self, chosen: set[str]) -> list[str]:
        return sorted(chosen)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 50}, "maxItems": 200}

    def example(self) -> Any:
        return ["vip"]


class YesNo(FieldType):
    """True or false; empty is neither."""

    type_name = "yes_no"
    icon = "toggle-right"
    title = _l("Yes/no")
    slot = "n"
    widget = "switch"
    operators = {"is": IS, "is_not": IS_NOT, "empty": EMPTY, "not_empty": NOT_EMPTY}
    aggregates = ("count",)
    json_types = (bool,)
    WORDS = {"yes": True, "true": True, "1": True, "y": True, "on": True, "是": True, "有": True,
             "no": False, "false": False, "0": False, "n": False, "off": False, "否": False, "无": False}  # fmt: skip

    def column_type(self) -> TypeEngine[Any]:
        return Boolean()

    def from_form(self, form: Any, name: str) -> Any:
        """An unticked switch sends nothing: `<name>-shown` beside it tells whether that means "no"."""
        return form.get(name) or ("no" if form.get(f"{name}-shown") == "no" else None)

    def typed(self, value: Any) -> Any:
        return "" if value is None else ("yes" if value else "no")

    def parse(self, raw: Any) -> bool | None:
        if isinstance(raw, bool):
            return raw
        text = raw.strip().casefold() if isinstance(raw, str) else raw
        if text is None or text == "":
            return None
        if not isinstance(text, str) or text not in self.WORDS:
            raise FieldError("not_yes_or_no", _("Answer yes or no."))
        return self.WORDS[text]

    def indexed(self, value: Any) -> Any:
        return float(value) if self.custom_id else value

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "" if value is None else (_("Yes") if value else _("No"))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def example(self) -> Any:
        return True

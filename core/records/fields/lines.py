"""Lines of a form inside the form: the positions of an order, the children of a family."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal as Exact
from difflib import SequenceMatcher
from typing import Any, ClassVar

from markupsafe import Markup, escape

from core.i18n import _, _l, _n, fmt_money, fmt_number
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.choice import Choice, YesNo
from core.records.fields.in_json import InJson
from core.records.fields.number import Amount, Decimal, Integer, Money, Number, Percent
from core.records.fields.spans import Duration, Month, Time
from core.records.fields.text import Email, LongText, Phone, Text, Url
from core.records.fields.when import Date, DateTime
from core.web.static_files import icon

MOST_LINES = 500
MOST_COLUMNS = 20
COLUMN_TYPES: dict[str, type[FieldType]] = {
    kind.type_name: kind
    for kind in (Text, LongText, Integer, Decimal, Percent, Money, Date, DateTime, Time, Month, Duration, Choice,
                 YesNo, Email, Phone, Url)
}  # fmt: skip
INPUTS = {"date": "date", "datetime": "datetime-local", "email": "email", "tel": "tel", "url": "url", "time": "time",
          "month": "month"}  # fmt: skip
SPARE = 1
"""Empty rows below the others: whoever has no JavaScript fills in those, and finds more after saving."""

Line = dict[str, Any]
"""The cells of a row that are not empty, by the key of their column."""


def column_of(config: Mapping[str, Any]) -> FieldType:
    """A column from `{key, label, type, required, config}`."""
    kind = COLUMN_TYPES[config["type"]]
    given = config.get("config") or {}
    made = kind(
        config["label"], required=bool(config.get("required")), **{k: given[k] for k in kind.configurable if k in given}
    )
    made.bind(config["key"])
    made.key = config["key"]
    return made


class Lines(InJson):
    """A list of rows, each cell of its column's type. Rows without any cell are left out."""

    type_name = "lines"
    icon = "table"
    title = _l("Lines")
    wide = True
    widget = "own"
    aggregates = ()
    json_types = (list,)
    configurable: ClassVar[tuple[str, ...]] = ("columns",)

    def __init__(self, label: Any, *, columns: Sequence[Mapping[str, Any]], **rest: Any) -> None:
        super().__init__(label, **rest)
        self.columns_config = columns
        self.by_key = {each["key"]: column_of(each) for each in columns if each["type"] in COLUMN_TYPES}

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return {"columns": LineColumns(_l("Columns"), required=True)}

    @classmethod
    def check_settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        return {**config, "columns": LineColumns("").parse(config.get("columns") or [])}

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"columns": [
            {"key": "item", "label": "Item", "type": "text", "required": True, "config": {}},
            {"key": "price", "label": "Price", "type": "money", "required": False, "config": {}},
            {"key": "number", "label": "Number", "type": "decimal", "required": False, "config": {}},
        ]}  # fmt: skip

    # --- from outside ----------------------------------------------------------------------------------

    def from_form(self, form: Any, name: str) -> Any:
        """The rows in the order in which they stand, a cell as its own control sends it."""
        rows = []
        for n in form.getlist(f"{name}-row")[: MOST_LINES * 2]:
            if not re.fullmatch(r"\d{1,6}", n):
                continue
            row = {key: of.from_form(form, f"{name}-{n}-{key}") for key, of in self.by_key.items()}
            if any(cell not in (None, "", []) for cell in row.values()):
                rows.append(row)
        return rows or None

    def parse(self, raw: Any) -> list[Line] | None:
        if isinstance(raw, str):
            raw = self._from_text(raw)
        return self._rows(raw, lambda of, cell: of.parse(cell))

    def parse_json(self, raw: Any) -> list[Line] | None:
        if raw is not None and not isinstance(raw, list):
            raise FieldError("wrong_type", _("Send a list of objects, one for each line."))
        return self._rows(raw, lambda of, cell: of.parse_json(cell))

    def _from_text(self, text: str) -> list[Line]:
        """One line for each row, its cells with tabs between."""
        rows = [line for line in text.replace("\x00", "").splitlines() if line.strip()]
        found = []
        for n, line in enumerate(rows, 1):
            cells = line.split("\t")
            if len(cells) > len(self.by_key) and any(cell.strip() for cell in cells[len(self.by_key) :]):
                message = _("Line %(number)s has more cells than there are columns.", number=n)
                raise FieldError("wrong_line", message)
            found.append({key: unescaped(cell) or None for key, cell in zip(self.by_key, cells, strict=False)})
        return found

    def _rows(self, raw: Any, parse: Callable[[FieldType, Any], Any]) -> list[Line] | None:
        if raw is None:
            return None
        if not isinstance(raw, (list, tuple)):
            raise FieldError("wrong_type", _("Send a list of objects, one for each line."))
        if len(raw) > MOST_LINES:
            raise FieldError("too_many", _("There may be at most %(limit)s lines.", limit=MOST_LINES))
        problems: list[str] = []
        rows = [row for n, each in enumerate(raw, 1) if (row := self._row(n, each, parse, problems))]
        if problems:
            more = [_("and %(number)s more", number=len(problems) - 5)] if len(problems) > 5 else []
            raise FieldError("wrong_line", _("; ").join([*problems[:5], *more]))
        return rows or None

    def _row(self, n: int, raw: Any, parse: Callable[[FieldType, Any], Any], problems: list[str]) -> Line | None:
        """One row. Its faults name the line and the column."""
        if not isinstance(raw, Mapping):
            problems.append(_("Line %(number)s: send an object with a value for each column.", number=n))
            return None
        for key in raw:
            if key not in self.by_key:
                problems.append(_("Line %(number)s: there is no column “%(key)s”.", number=n, key=str(key)[:60]))
        row: Line = {}
        faulty: set[str] = set()
        for key, of in self.by_key.items():
            try:
                if (value := parse(of, raw.get(key))) is not None:
                    row[key] = value
            except FieldError as error:
                faulty.add(key)
                problems.append(said(n, of, error.message))
        if not row and not faulty:
            return None
        for key, of in self.by_key.items():
            if of.required and key not in row and key not in faulty:
                problems.append(said(n, of, _("Fill in “%(field)s”.", field=of.label)))
        return row

    def load(self, stored: Any) -> list[Line] | None:
        if not isinstance(stored, list):
            return None
        return [self._loaded(row) for row in stored if isinstance(row, Mapping)] or None

    def _loaded(self, row: Mapping[str, Any]) -> Line:
        found: Line = {}
        for key, of in self.by_key.items():
            try:
                if (value := of.load(row.get(key))) is not None:
                    found[key] = value
            except FieldError:  # written when the column was of another type
                continue
        return found

    # --- to outside ------------------------------------------------------------------------------------

    def dump(self, value: Any) -> Any:
        if not value:
            return None
        return [{key: self.by_key[key].dump(cell) for key, cell in row.items() if key in self.by_key} for row in value]

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        lines = ("\t".join(escaped(of.text(row.get(key))) for key, of in self.by_key.items()) for row in value or ())
        return "\n".join(lines)

    def typed(self, value: Any) -> Any:
        return [{key: of.typed(row.get(key)) for key, of in self.by_key.items()} for row in value or ()]

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return escape(_n("%(num)s line", "%(num)s lines", len(value))) if value else ""

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        head = Markup("").join(_th(of) for of in self.by_key.values())
        rows = Markup("").join(self._tr(row) for row in value)
        return Markup(
            '<div class="gx-table-wrap gx-lines-shown" role="region" aria-label="{}" tabindex="0">'
            '<table class="gx-table"><thead><tr>{}</tr></thead><tbody>{}</tbody>{}</table></div>'
        ).format(self.label, head, rows, self._foot(value))

    def _tr(self, row: Line) -> Markup:
        cells = (
            Markup('<td data-label="{}"{}>{}</td>').format(
                of.label, _end(of), of.html(row[key]) if row.get(key) is not None else ""
            )
            for key, of in self.by_key.items()
        )
        return Markup("<tr>{}</tr>").format(Markup("").join(cells))

    def _foot(self, value: Sequence[Line]) -> Markup:
        sums = {key: total for key, of in self.by_key.items() if (total := total_of(of, value))}
        if not sums or len(value) < 2:
            return Markup()
        cells = [
            Markup('<td data-label="{}"{}>{}</td>').format(of.label, _end(of), sums.get(key, ""))
            for key, of in self.by_key.items()
        ]
        if next(iter(self.by_key)) not in sums:
            cells[0] = Markup('<th scope="row">{}</th>').format(_("Total"))
        return Markup("<tfoot><tr>{}</tr></tfoot>").format(Markup("").join(cells))

    def change_html(self, old: Any, new: Any, names: Names = NO_NAMES) -> tuple[Markup | str, Markup | str]:
        """The lines that went and the lines that came, each with its number; those that stayed are left out."""
        before, after = [self._said(row) for row in old or ()], [self._said(row) for row in new or ()]
        gone: list[Markup] = []
        came: list[Markup] = []
        numbered = Markup('<span class="gx-line-change"><b>{}</b> {}</span>')
        for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if what != "equal":
                gone += (numbered.format(n + 1, before[n]) for n in range(a, b))
                came += (numbered.format(n + 1, after[n]) for n in range(c, d))
        return Markup("").join(gone[:SHOWN_CHANGES]), Markup("").join(came[:SHOWN_CHANGES])

    def _said(self, row: Line) -> str:
        return " · ".join(
            Markup(escape(of.html(row[key]))).striptags() for key, of in self.by_key.items() if key in row
        )

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        rows = [row for row in typed if isinstance(row, Mapping)] if isinstance(typed, list) else []
        room = max(min(SPARE, MOST_LINES - len(rows)), 0) if rows else SPARE + 1
        head = Markup("").join(_th(of, required=of.required) for of in self.by_key.values())
        body = Markup("").join(self._inputs(name, n, row) for n, row in enumerate([*rows, *({} for _n in range(room))]))
        sums = Markup("").join(
            Markup('<td{} data-lines-sum="{}"></td>').format(_end(of), key if _is_summed(of) else "")
            for key, of in self.by_key.items()
        )
        return Markup(
            '<div class="gx-lines-input" data-lines="{}" data-lines-most="{}"><div class="gx-lines-scroll">'
            '<table class="gx-lines-table"{} aria-label="{}">'
            '<thead><tr>{}<th scope="col"><span class="visually-hidden">{}</span></th></tr></thead>'
            "<tbody>{}</tbody><tfoot hidden><tr>{}<td></td></tr></tfoot></table></div>"
            '<button type="button" class="gx-btn gx-btn-ghost gx-btn-sm" data-lines-add hidden>{}'
            "<span>{}</span></button></div>"
        ).format(name, MOST_LINES, _without_required(attributes), self.label, head, _("Actions"), body, sums,
                 icon("plus"), _("Add line"))  # fmt: skip

    def _inputs(self, name: str, n: int, row: Mapping[str, Any]) -> Markup:
        cells = Markup("").join(
            Markup('<td data-label="{}"{}>{}</td>').format(
                of.label, _end(of), _input(of, f"{name}-{n}-{key}", row.get(key), n)
            )
            for key, of in self.by_key.items()
        )
        button = Markup(
            '<button type="button" class="gx-btn gx-btn-ghost gx-btn-icon gx-btn-sm" data-lines-{} hidden title="{}">'
            '{}<span class="visually-hidden">{}</span></button>'
        )
        buttons = (("up", _("Move line up"), "arrow-up"), ("down", _("Move line down"), "arrow-down"),
                   ("drop", _("Remove line"), "x"))  # fmt: skip
        drawn = Markup("").join(button.format(what, label, icon(sign), label) for what, label, sign in buttons)
        row_number = Markup('<input type="hidden" name="{}-row" value="{}">').format(name, n)
        return Markup('<tr>{}<td class="gx-lines-tools">{}{}</td></tr>').format(cells, row_number, drawn)

    def json_schema(self) -> dict[str, Any]:
        line = {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                key: (of.json_schema() if of.required else {"anyOf": [of.json_schema(), {"type": "null"}]})
                | {"title": str(of.label)}
                for key, of in self.by_key.items()
            },
            "required": [key for key, of in self.by_key.items() if of.required],
        }
        return {"type": "array", "items": line, "maxItems": MOST_LINES}

    def example(self) -> Any:
        return [{key: of.example() for key, of in self.by_key.items()}]


SHOWN_CHANGES = 20


def said(n: int, of: FieldType, message: str) -> str:
    return _("Line %(number)s, %(column)s: %(message)s", number=n, column=of.label, message=message)


def escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "").replace("\n", "\\n")


def unescaped(cell: str) -> str:
    return re.sub(r"\\([\\tn])", lambda found: {"t": "\t", "n": "\n"}.get(found[1], "\\"), cell).strip()


def total_of(of: FieldType, rows: Sequence[Line]) -> str:
    """What a column of numbers adds up to, each currency for itself."""
    values = [row[of.key] for row in rows if row.get(of.key) is not None]
    if not values or not _is_summed(of):
        return ""
    if isinstance(of, Money):
        minor: dict[str, int] = {}
        for amount in values:
            minor[amount.currency] = minor.get(amount.currency, 0) + amount.minor
        return " + ".join(fmt_money(total, currency) for currency, total in minor.items())
    return fmt_number(float(sum(Exact(str(value)) for value in values)))


def _is_summed(of: FieldType) -> bool:
    return isinstance(of, (Integer, Decimal, Money)) and not isinstance(of, (Percent, Duration))


def _th(of: FieldType, required: bool = False) -> Markup:
    star = Markup('<span class="gx-required" aria-hidden="true">*</span>') if required else ""
    return Markup('<th scope="col"{}>{}{}</th>').format(_end(of), of.label, star)


def _end(of: FieldType) -> Markup:
    return Markup(' class="gx-end"') if of.align == "end" else Markup()


def _without_required(attributes: Markup) -> Markup:
    """Of the control's attributes those that a table may have."""
    return Markup(re.sub(r"\s(required|aria-invalid=\"true\")(?=\s|$)", "", str(attributes)))


def _input(of: FieldType, name: str, typed: Any, n: int) -> Markup:
    """The control of one cell."""
    common = Markup('class="gx-input" name="{}" aria-label="{}"').format(
        name, _("Line %(number)s, %(column)s", number=n + 1, column=of.label)
    )
    if isinstance(of, (Choice, YesNo)):
        options = [(o.value, o.label) for o in of.options] if isinstance(of, Choice) else [
            ("yes", _("Yes")), ("no", _("No"))]  # fmt: skip
        drawn = Markup("").join(
            Markup('<option value="{}"{}>{}</option>').format(
                value, Markup(" selected") if str(typed or "") == value else "", label
            )
            for value, label in options
        )
        return Markup('<select {}><option value=""></option>{}</select>').format(
            common.replace("gx-input", "gx-input gx-select"), drawn)  # fmt: skip
    value = typed if typed is not None else ""
    if isinstance(of, Money):
        if isinstance(typed, (Mapping, Amount)):
            typed = typed if isinstance(typed, Mapping) else {"amount": typed.plain, "currency": typed.currency}
            home = str(typed.get("currency") or Money._home()) == Money._home()
            value = f"{typed.get('amount') or ''}" + ("" if home else f" {typed.get('currency')}")
        box = Markup('<input type="text" inputmode="decimal" data-lines-number autocomplete="off" {} value="{}">')
        return box.format(common, value)
    if isinstance(of, LongText):
        return Markup('<textarea rows="1" {}>{}</textarea>').format(common, value)
    if isinstance(of, Number):
        summed = Markup(" data-lines-number") if _is_summed(of) else ""
        value = str(value).removesuffix(".0")
        return Markup('<input type="text" inputmode="decimal"{} autocomplete="off" {} value="{}">').format(
            summed, common, value)  # fmt: skip
    kind = INPUTS.get(of.widget, "text")
    return Markup('<input type="{}" autocomplete="off" {} value="{}">').format(kind, common, value)


# --- the columns, as an administrator sets them --------------------------------------------------------


class LineColumns(FieldType):
    """The columns of lines: themselves rows of a name, a type, options and whether they must be filled in."""

    widget = "own"
    wide = True
    filterable = False
    json_types = (list,)

    @property
    def rows(self) -> Lines:
        types = [{"value": name, "label": kind.title} for name, kind in COLUMN_TYPES.items()]
        return Lines(self.label, columns=[
            {"key": "label", "label": _("Name"), "type": "text", "required": True, "config": {"max_length": 60}},
            {"key": "type", "label": _("Type"), "type": "choice", "required": True, "config": {"options": types}},
            {"key": "options", "label": _("Options, with commas between"), "type": "text"},
            {"key": "required", "label": _("Required"), "type": "yes_no"},
            {"key": "key", "label": _("Key in the API"), "type": "text", "config": {"max_length": 40}},
        ])  # fmt: skip

    def from_form(self, form: Any, name: str) -> Any:
        return self.rows.from_form(form, name)

    def parse(self, raw: Any) -> list[dict[str, Any]] | None:
        if isinstance(raw, str) or raw is None:
            raw = None if not raw else self.rows._from_text(raw)
        if raw is None:
            return None
        if not isinstance(raw, list) or not all(isinstance(each, Mapping) for each in raw):
            raise FieldError("wrong_type", _("Send a list of objects, one for each line."))
        given = [{k: v for k, v in each.items() if k in self.rows.by_key} | self._options(each) for each in raw]
        rows = self.rows.parse(given) or []
        if not 0 < len(rows) <= MOST_COLUMNS:
            raise FieldError("wrong_number", _("Name at least one column and at most %(limit)s.", limit=MOST_COLUMNS))
        made: list[dict[str, Any]] = []
        for n, row in enumerate(rows, 1):
            key = row.get("key") or key_of(row["label"], [each["key"] for each in made])
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key) or key in {each["key"] for each in made}:
                raise FieldError("taken", said(n, self.rows.by_key["key"], _(
                    "This key is taken or is not made of a–z, 0–9 and _.")))  # fmt: skip
            options = [text.strip() for text in re.split("[,，;；]", row.get("options") or "") if text.strip()]
            if row["type"] == "choice" and not options:
                raise FieldError("required", said(n, self.rows.by_key["options"], _("Name at least one option.")))
            config = {"options": self._kept(raw, key, options)} if row["type"] == "choice" else {}
            made.append({"key": key, "label": row["label"], "type": row["type"],
                         "required": bool(row.get("required")), "config": config})  # fmt: skip
        return made

    @staticmethod
    def _options(given: Mapping[str, Any]) -> dict[str, Any]:
        """The options as one types them, of a column as it is kept."""
        config = given.get("config")
        if not isinstance(config, Mapping) or not isinstance(config.get("options"), list):
            return {}
        return {"options": ", ".join(str(o.get("label", "")) for o in config["options"] if isinstance(o, Mapping))}

    @staticmethod
    def _kept(raw: Sequence[Any], key: str, labels: Sequence[str]) -> list[dict[str, Any]]:
        """The options; one that was there keeps its value."""
        before = next((each.get("config") for each in raw if each.get("key") == key), None) or {}
        known = {o["label"]: o for o in before.get("options", ()) if isinstance(o, Mapping) and "label" in o}
        return [dict(known.get(label) or {"value": label, "label": label}) for label in dict.fromkeys(labels)][:100]

    def load(self, stored: Any) -> Any:
        return stored

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return self.rows.text(self.typed(value))

    def typed(self, value: Any) -> Any:
        return [
            {**{k: v for k, v in each.items() if k in self.rows.by_key}, **self._options(each),
             "required": "yes" if each.get("required") in (True, "yes") else ""}
            for each in value or ()
        ]  # fmt: skip

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        return self.rows.control_html(name, typed or [], attributes)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MOST_COLUMNS}

    def example(self) -> Any:
        return Lines.example_config()["columns"]


def key_of(label: str, taken: Sequence[str]) -> str:
    """A key made from a label; where that has no Latin letter, `column` and a number."""
    stem = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:30]
    stem = stem if re.match("[a-z]", stem) else "column"
    key, n = stem, 1
    while key in taken:
        n += 1
        key = f"{stem}_{n}"
    return key

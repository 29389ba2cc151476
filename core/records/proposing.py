"""From a spreadsheet to a record type: what each column probably is, and making the type with its fields.

What a column holds is told by its cells; its header settles what they leave open.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, literal, select, union_all

from core import current, db
from core.access import Member as MemberRow
from core.access.decisions import scopes_for
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records import making
from core.records.custom import COLORS, OfferedTypes, add_custom_field, free_key
from core.records.fields import FIELD_TYPES
from core.records.shape import OwnType
from core.records.text import normalise
from core.records.types import RecordType, enabled_types
from core.tabular import Table, date_order, parse_date_text
from core.tabular.sniffing import column_kind

SAMPLE = 2000
MOST_COLUMNS = 200
MOST_OPTIONS = 200
OF_KIND = {"email": "email", "url": "url", "phone": "phone", "year": "integer", "integer": "integer", "money": "money",
           "number": "decimal", "percent": "percent", "bool": "yes_no", "date": "date"}  # fmt: skip
PLAIN = ("text", "long_text", "integer", "decimal", "percent", "money", "date", "datetime", "yes_no", "choice",
         "multi_choice", "tags", "phone", "email", "url", "member")  # fmt: skip
TITLES = re.compile(r"名称|姓名|标题|主题|name|title|subject|名$", re.IGNORECASE)
NUMBERS = re.compile(
    r"编号|编码|单号|工号|学号|号码|序号|序列号|货号|条码|code|number|serial|sku|\bno\b|\bid\b|№|号$", re.IGNORECASE
)
STATES = re.compile(r"状态|阶段|进度|status|state|stage|phase", re.IGNORECASE)
OWNERS = re.compile(r"负责人|所有人|归属人|业务员|销售员|owner|responsible|account manager", re.IGNORECASE)
MONEYS = re.compile(
    r"金额|价格|单价|总价|费用|学费|预算|余额|amount|price|cost|fee|budget|revenue|balance", re.IGNORECASE
)
SEPARATORS = ("、", "；", ";", "|", "，", ",")


@dataclass
class Column:
    """What one column of the file is to become. `type` is a field type, `lookup:<type>`, `owner` or `state`."""

    at: int
    header: str
    label: str
    type: str
    samples: Sequence[str] = ()
    use: bool = True
    required: bool = False
    order: str = ""
    """Which way round its dates are, when they can be read in two ways."""
    is_ambiguous: bool = False
    error: str = ""
    filled: int = 0

    @property
    def target(self) -> str | None:
        return self.type.removeprefix("lookup:") if self.type.startswith("lookup:") else None


@dataclass
class Proposal:
    """A record type as a file suggests it. `title` is the column that each record is called by."""

    label: str
    columns: list[Column] = field(default_factory=list)
    title: int = 0


def propose(table: Table, name: str) -> Proposal:
    """Look at the first rows of a table. Raises Invalid when it has too many columns, or no rows."""
    if len(table.headers) > MOST_COLUMNS:
        limit = _("The file has more than %(limit)s columns. Leave out those that are not needed.", limit=MOST_COLUMNS)
        raise Invalid([FieldProblem("file", "too_many", limit)])
    rows = table.sample(SAMPLE)
    if not rows:
        raise Invalid([FieldProblem("file", "empty", _("The file has no rows below its header."))])
    columns = [_column(at, header, [row[at].strip() for row in rows if at < len(row)], len(rows))
               for at, header in enumerate(table.headers)]  # fmt: skip
    cells = {column.at: [row[column.at].strip() for row in rows if row[column.at].strip()] for column in columns}
    _find_links(columns, cells)
    title = _title(columns, cells)
    if title is not None:
        columns[title].type, columns[title].required, columns[title].use = "text", True, True
    _find_state(columns, title)
    return Proposal(_name_of(name), columns, title or 0)


def _name_of(file_name: str) -> str:
    """What a file is called, without its date and number: "设备台账_2024-05 (1).xlsx" is 设备台账."""
    stem = file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    stem = re.sub(
        r"[\s_\-]*[(（]\d+[)）]$|[\s_\-]*(?:v\d+|\d{4,}[\d\-_.年月日]*|副本|copy|final|最终版?)$", "", stem.strip()
    )
    return making.clean(stem.replace("_", " "))[: making.LABEL]


# --- one column -----------------------------------------------------------------------------------------


def _column(at: int, header: str, cells: Sequence[str], rows: int) -> Column:
    values = [cell for cell in cells if cell]
    samples = [value[:60] for value in dict.fromkeys(values)][:3]
    made = Column(at, header, making.clean(header)[:100], "text", samples, use=bool(values), filled=len(values))
    if values:
        made.type = _type_of(header, values)
    if made.type in ("date", "datetime"):
        made.order = str(date_order(values) or "")
        made.is_ambiguous = made.order == "ambiguous"
        made.order = "" if made.is_ambiguous else made.order
    return made


def _type_of(header: str, values: Sequence[str]) -> str:
    kind = column_kind(values, 0.9)
    different = set(values)
    if kind in ("integer", "number", "year") and _is_key(header, values, different):
        return "text"
    if kind == "date":
        return "datetime" if any(_has_time(value) for value in values) else "date"
    if kind in ("integer", "number") and MONEYS.search(header):
        return "money"
    if kind == "integer" and different <= {"0", "1"} and len(values) >= 6:
        return "yes_no"
    if kind:
        return OF_KIND[kind]
    if (
        any("\n" in value for value in values)
        or sum(map(len, values)) / len(values) > 60
        or max(map(len, values)) > 200
    ):
        return "long_text"
    if NUMBERS.search(header) and len(different) == len(values):
        return "text"
    if _is_choice(values, different):
        return "choice"
    return "multi_choice" if _separator(values) else "text"


def _has_time(value: str) -> bool:
    return bool(re.search(r"\d[:：时点]\d?", value)) and parse_date_text(value) is not None and "00:00:00" not in value


def _is_key(header: str, values: Sequence[str], different: set[str]) -> bool:
    """A number by which each is known: nobody adds such numbers up, and their zeros count."""
    if any(re.fullmatch(r"0\d+", value) or len(re.sub(r"\D", "", value)) > 15 for value in values):
        return True
    if len(different) < len(values):
        return False
    one_length = len({len(value) for value in values}) == 1 and len(values[0]) >= 4 and len(values) >= 5
    return bool(NUMBERS.search(header)) or (one_length and all(value.isdigit() for value in values)
                                            and not MONEYS.search(header) and len(values[0]) >= 6)  # fmt: skip


def _is_choice(values: Sequence[str], different: set[str]) -> bool:
    """Few values that come again and again."""
    if max(map(len, different)) > 40:
        return False
    return len(values) >= 4 and len(different) <= 20 and len(different) * 2 <= len(values)


def _separator(values: Sequence[str]) -> str:
    """The sign between several options in one cell; empty when cells hold one thing each."""
    for sign in SEPARATORS:
        several = sum(sign in value for value in values)
        if several * 4 < len(values) or len(values) < 4:
            continue
        parts = Counter(part.strip() for value in values for part in value.split(sign) if part.strip())
        if len(parts) <= 20 and len(parts) * 2 <= parts.total() and max(map(len, parts)) <= 40:
            return sign
    return ""


# --- all of them ----------------------------------------------------------------------------------------


def linkable() -> list[RecordType]:
    return [t for t in enabled_types() if t.customisable and scopes_for("view", t.name)]


def _find_links(columns: Sequence[Column], cells: Mapping[int, Sequence[str]]) -> None:
    """Columns whose texts are the names of members, or of records that are there already."""
    texts = [column for column in columns if column.type in ("text", "choice", "email") and column.use]
    names = {column.at: {normalise(value) for value in cells[column.at][:500]} for column in texts}
    wanted = set().union(*names.values()) if names else set()
    if not wanted:
        return
    there = _titled(wanted)
    mates = _members()
    for column in texts:
        mine = names[column.at]
        if sum(name in mates for name in mine) >= 0.6 * len(mine):
            column.type = "owner" if OWNERS.search(column.header) else "member"
        if column.type not in ("text", "choice"):
            continue
        for target, labels in _labels_of_types().items():
            known = sum(name in there.get(target, ()) for name in mine)
            named = column.header.strip().casefold() in labels
            if known >= (0.3 if named else 0.6) * len(mine) and (known > 1 or named):
                column.type = f"lookup:{target}"
                break


def _titled(names: set[str]) -> dict[str, set[str]]:
    """Which of these are titles of records, by type, in one statement."""
    each = [
        t.visible(literal(t.name, Text), t.model.search_norm).where(t.model.search_norm.in_(names)).distinct()
        for t in linkable()
    ]
    found: dict[str, set[str]] = {}
    for row in db.session().execute(union_all(*each)) if each else ():
        found.setdefault(row[0], set()).add(row[1])
    return found


def _members() -> set[str]:
    rows = db.session().execute(
        select(MemberRow.name, MemberRow.email).where(
            MemberRow.tenant_id == current.tenant_id(), MemberRow.status == "active"
        )
    )
    return {normalise(word) for row in rows for word in row}


def _labels_of_types() -> dict[str, set[str]]:
    """Customers first: of all that a sheet may name, they are the likeliest."""
    types = sorted(linkable(), key=lambda t: t.name != "customer")
    labels = {t.name: {str(t.label).casefold(), str(t.plural_label).casefold()} for t in types}
    if "customer" in labels:
        labels["customer"] |= {"customer", "company", "account", "client", "客户", "客户名称", "公司", "学员", "单位"}
    return labels


def _title(columns: Sequence[Column], cells: Mapping[int, Sequence[str]]) -> int | None:
    """The column that tells records apart and reads like a name."""

    def worth(column: Column) -> tuple[float, int]:
        values = cells[column.at]
        if not values or column.type in ("long_text", "date", "datetime", "yes_no", "multi_choice", "percent", "money"):
            return (-1, 0)
        apart = len(set(values)) / len(values)
        named = 2 if TITLES.search(column.header) else 1 if NUMBERS.search(column.header) else 0
        text = column.type in ("text", "choice")
        linked = column.type.startswith("lookup:") or column.type in ("owner", "member", "phone", "email", "url")
        return (apart + named * apart + (0.5 if text else 0) - (2 if linked else 0), -column.at)

    best = max(columns, key=worth, default=None)
    return best.at if best and worth(best)[0] > -1 else None


def _find_state(columns: Sequence[Column], title: int | None) -> None:
    """At most one column is the state: a choice that is called so."""
    for column in columns:
        if column.type == "choice" and column.at != title and STATES.search(column.header):
            column.type = "state"
            return


# --- making it ------------------------------------------------------------------------------------------


def make_from_table(proposal: Proposal, table: Table, **looks: Any) -> tuple[OwnType, list[str | None]]:
    """Make the type with its fields. Answers it and what each column of the file became.

    Raises Invalid with the faults of the type; those of a column stand at the column (`column.error`).
    """
    used = [column for column in proposal.columns if column.use and column.at != proposal.title]
    if not 0 <= proposal.title < len(proposal.columns):
        raise Invalid([FieldProblem("title", "required", _("Choose the column that records are called by."))])
    options = _options(used, table)
    _check_columns(proposal, used, options)
    states = [{"label": label, "color": COLORS[n % len(COLORS)]} for column in used if column.type == "state"
              for n, label in enumerate(options[column.at])]  # fmt: skip
    title = proposal.columns[proposal.title]
    own = making.make_type(label=proposal.label, states=states, title_label=title.label[: making.LABEL], **looks)
    became: dict[int, str] = {title.at: "name"}
    for column in used:
        became[column.at] = {"state": "status", "owner": "owner"}.get(column.type) or _make_field(
            own, column, became, options
        )
    shown = [became[column.at] for column in used][:6]
    own.columns = list(dict.fromkeys(["name", *(["status"] if states else []), *shown]))
    db.flush()
    return own, [became.get(column.at) for column in proposal.columns]


def _check_columns(proposal: Proposal, used: Sequence[Column], options: Mapping[int, Sequence[str]]) -> None:
    kinds = [column.type for column in used]
    seen = {making.clean(proposal.columns[proposal.title].label).casefold()}
    for column in [proposal.columns[proposal.title], *used]:
        label = making.clean(column.label)
        column.label = label
        if not label:
            column.error = _("Give the field a name.")
        elif len(label) > 100:
            column.error = _("Use at most %(limit)s characters.", limit=100)
        elif column in used and label.casefold() in seen:
            column.error = _("Two fields are called the same.")
        elif column in used and column.type not in known_types():
            column.error = _("Choose a type of field.")
        elif column.type in ("state", "owner") and kinds.count(column.type) > 1:
            column.error = _("Only one column can be this.")
        elif column.type in ("choice", "multi_choice", "state") and column in used:
            column.error = _too_various(column, options[column.at])
        elif column.type in ("date", "datetime") and column.is_ambiguous and not column.order:
            column.error = _("Say whether the day or the month comes first.")
        seen.add(label.casefold())
    if any(column.error for column in proposal.columns):
        raise Invalid([FieldProblem("columns", "invalid", _("Please check what is marked."))])


def _too_various(column: Column, found: Sequence[str]) -> str:
    most = making.MOST_STATES if column.type == "state" else MOST_OPTIONS
    if len(found) > most:
        return _("It has more than %(limit)s different values. Take it as text.", limit=most)
    longest = making.LABEL if column.type == "state" else 100
    if any(len(value) > longest for value in found):
        return _("Some of its values are longer than %(limit)s characters. Take it as text.", limit=longest)
    return "" if found else _("It is empty, so there is nothing to choose from.")


def known_types() -> list[str]:
    """All that a column may become."""
    offered = list(OfferedTypes())
    return ["state", "owner", *(name for name in PLAIN if name in offered), *(f"lookup:{t.name}" for t in linkable())]


def _options(used: Sequence[Column], table: Table) -> dict[int, list[str]]:
    """The different values of the columns that are choices, over the whole file, the most frequent first."""
    wanted = [column for column in used if column.type in ("choice", "multi_choice", "state")]
    counted: dict[int, Counter[str]] = {column.at: Counter() for column in wanted}
    if wanted:
        signs = {c.at: _separator(list(_cells(table, c.at))) for c in wanted if c.type == "multi_choice"}
        for row in table.rows:
            if row.problem:
                continue
            for column in wanted:
                if len(counted[column.at]) <= MOST_OPTIONS * 2:
                    counted[column.at].update(_parts(row[column.at], signs.get(column.at, "")))
    return {at: _distinct(counter) for at, counter in counted.items()}


def _cells(table: Table, at: int) -> Iterator[str]:
    return (row[at].strip() for row in table.sample(SAMPLE) if row[at].strip())


def _parts(cell: str, sign: str) -> list[str]:
    parts = cell.split(sign) if sign else [cell]
    return [text for part in parts if (text := " ".join(part.split()))]


def _distinct(counter: Counter[str]) -> list[str]:
    """Without those that differ in nothing but case."""
    found: dict[str, str] = {}
    for value, _number in counter.most_common():
        found.setdefault(value.casefold(), value)
    return list(found.values())


def _make_field(own: OwnType, column: Column, became: Mapping[int, str], options: Mapping[int, Sequence[str]]) -> str:
    taken = [*making.RESERVED_KEYS, *became.values()]
    kind = "lookup" if column.target else column.type
    config: dict[str, Any] = {"target": column.target} if column.target else {}
    if column.at in options:
        config["options"] = [{"value": value, "label": value, "color": COLORS[n % len(COLORS)]}
                             for n, value in enumerate(options[column.at])]  # fmt: skip
    key = free_key(column.label, taken)
    add_custom_field(own.name, label=column.label, type=kind, taken=taken, key=key, config=config,
                     required=column.required)  # fmt: skip
    return key


def type_names() -> list[tuple[str, Any]]:
    """The choices for a column, as they are shown: kinds of field, then links, by group."""
    plain = [(name, FIELD_TYPES[name].title) for name in PLAIN if name in OfferedTypes()]
    of_type = [("state", _("State of the record")), ("owner", _("Owner of the record"))]
    links = [(f"lookup:{t.name}", str(t.label)) for t in linkable()]
    return [(_("Field"), plain), (_("Link to"), links), (_("Of the record itself"), of_type)]

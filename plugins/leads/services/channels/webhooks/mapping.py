"""From the paths of a payload to the fields of a lead."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.sdk import FieldError, FieldType, type_named

NOT_MAPPED = frozenset({"status", "owner", "source", "campaign", "disqualify_reason"})
"""What a payload does not decide."""
MOST_SAID = 100
LONGEST_SAID = 500
CALLED = {
    "fullname": "name", "username": "name", "firstname": "name", "lastname": "name", "contactname": "name",
    "telphone": "phone", "telephone": "phone", "cellphone": "phone", "phonenumber": "phone", "联系电话": "phone",
    "手机号码": "phone", "手机号": "phone", "weixin": "wechat", "wx": "wechat", "emailaddress": "email",
    "电子邮箱": "email", "organization": "company", "单位": "company", "jobtitle": "title", "remark": "need",
    "comment": "need", "留言": "need", "city": "address",
}  # fmt: skip
"""What payloads call fields, beside what sheets call them."""
JOINS = {"need": "\n", "tags": ","}


@dataclass
class Made:
    """What a payload would make: the values of a lead, what is told beside them, and what did not fit."""

    values: dict[str, Any] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    utm: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_reachable(self) -> bool:
        return any(self.values.get(key) for key in ("phone", "email", "wechat"))


def mappable() -> list[FieldType]:
    """The fields of a lead that a payload can fill, in the order of the form; the tenant's own are among them."""
    lead = type_named("lead")
    fields = lead.fields()
    order = dict.fromkeys([*(each.key for each in lead.form_fields()), *fields])
    return [fields[key] for key in order if key in fields and _takes_text(fields[key])]


def _takes_text(of: FieldType) -> bool:
    closed = of.computed or of.assigned or of.secret or of.points or not (of.editable and of.importable)
    return not closed and of.key not in NOT_MAPPED


def make(flat: Mapping[str, str], mapping: Mapping[str, str], fixed: Mapping[str, str]) -> Made:
    """The lead that a flat payload makes. Several paths of one field are joined; what has no field is kept as said."""
    fields = {of.key: of for of in mappable()}
    made, texts = Made(), {key: [text] for key, text in fixed.items() if key in fields and text}
    for path, text in flat.items():
        key = mapping.get(path, "")
        if key in fields and key not in fixed:
            texts.setdefault(key, []).append(text)
        elif mark := re.fullmatch(r"(?:.*[.\[])?(utm_[a-z]+)\]?", path):
            made.utm[mark[1]] = text[:200]
        elif len(made.said) < MOST_SAID:
            made.said[path[:200]] = text[:LONGEST_SAID]
    for key, parts in texts.items():
        _take(made, fields[key], JOINS.get(key, " ").join(dict.fromkeys(parts)))
    if not made.values.get("name") and (name := _name_by_other(made.values)):
        made.values["name"] = name
    return made


def _take(made: Made, of: FieldType, text: str) -> None:
    try:
        made.values[of.key] = of.parse(text)
    except FieldError as error:
        made.problems.append((of.key, error.message))
        made.said[of.key] = text[:LONGEST_SAID]


def _name_by_other(values: Mapping[str, Any]) -> str:
    """What to call somebody who did not tell their name."""
    email = str(values.get("email") or "").partition("@")[0]
    return str(values.get("company") or email or values.get("phone") or values.get("wechat") or "")[:200]


def guess(flat: Mapping[str, str]) -> dict[str, str]:
    """Which field each path probably means: by what it is called, else by what it looks like."""
    fields = mappable()
    known = {of.key for of in fields}
    names = {called: key for called, key in CALLED.items() if key in known}
    names |= {_plain(name): of.key for of in reversed(fields) for name in (of.key, str(of.label), *of.synonyms)}
    found: dict[str, str] = {}
    for path, text in flat.items():
        called = _plain(re.split(r"[.\[]", path.rstrip("]"))[-1])
        key = names.get(called) or names.get(re.sub(r"(number|address|name)$", "", called))
        key = key or _looks_like(text, fields)
        if key and (key not in found.values() or key == "name"):
            found[path] = key
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _looks_like(text: str, fields: Sequence[FieldType]) -> str:
    key = ""
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        key = "email"
    elif re.fullmatch(r"\+?[\d\s()-]{8,20}", text) and re.match(r"\+|0|1[3-9]\d{9}$", text):
        key = "phone"
    return key if any(of.key == key for of in fields) else ""

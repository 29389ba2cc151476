"""Reading a template: YAML that may hold plain values and nothing else, checked piece by piece."""

import re
from collections.abc import Hashable, Mapping
from typing import Any

import marshmallow as ma
import yaml
from marshmallow import fields, validate

from core.errors import Invalid
from core.i18n import LOCALES, _, html_lang

FORMAT, VERSION = "guanxi-record-types", 1
MAX_SIZE = 512 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000
LANGUAGES = frozenset(tag.partition("_")[0] for tag in LOCALES)
KEY = r"^[a-z][a-z0-9_]{0,49}$"


class DesignError(Invalid):
    """A template that cannot be read: the message says where and why."""

    def __init__(self, message: str, code: str = "not_a_template") -> None:
        super().__init__([], message)
        self.code = code


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain values as JSON knows them: `no`, `2024-01-01` and `12:30` are texts."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        made = super().construct_mapping(node, deep=deep)
        if len(made) < len(node.value):
            raise DesignError(_("Line %(line)s: a name stands twice.", line=node.start_mark.line + 1))
        return dict(made)


for _tag, _pattern in (("null", r"(?:null|~|)"), ("bool", "(?:true|false)"), ("int", r"-?(?:0|[1-9]\d{0,17})"),
                       ("float", r"-?(?:0|[1-9]\d{0,17})\.\d{1,12}")):  # fmt: skip
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), None)


def _is_words(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= LANGUAGES


def _in_my_language(value: Any) -> Any:
    """The same with the reader's language chosen wherever there are several."""
    if _is_words(value):
        return value.get(html_lang().partition("-")[0]) or next(iter(value.values()))
    if isinstance(value, Mapping):
        return {key: _in_my_language(each) for key, each in value.items()}
    return [_in_my_language(each) for each in value] if isinstance(value, list) else value


class Words(fields.Field[Any]):
    """A text, or one for each language: `{en: Equipment, zh: 设备}`. The reader's is taken."""

    def __init__(self, most: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> str:
        if isinstance(value, Mapping):
            if not _is_words(value):
                raise ma.ValidationError(_("Name languages out of: %(list)s.", list=", ".join(sorted(LANGUAGES))))
            value = _in_my_language(value)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ma.ValidationError(_("Write a text."))
        text = " ".join(str(value).split())
        if len(text) > self.most:
            raise ma.ValidationError(_("Use at most %(limit)s characters.", limit=self.most))
        return text


class _Strict(ma.Schema):
    class Meta:
        unknown = ma.RAISE

    error_messages = {"unknown": "There is nothing of this name here."}


class StateSchema(_Strict):
    value = Words(60)
    label = Words(60, required=True)
    color = fields.String(load_default="gray")
    to = fields.List(fields.String(), load_default=None, allow_none=True)
    requires = fields.List(fields.String(), load_default=list)


class FieldSchema(_Strict):
    key = fields.String(required=True, validate=validate.Regexp(KEY))
    label = Words(100, required=True)
    type = fields.String(required=True, validate=validate.Length(1, 60))
    required = fields.Boolean(load_default=False)
    help = Words(500, load_default="")
    config = fields.Dict(keys=fields.String(), load_default=dict)


class ViewSchema(_Strict):
    name = Words(60, required=True)
    kind = fields.String(load_default="list")
    condition = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)
    columns = fields.List(fields.Dict(keys=fields.String()), load_default=list, validate=validate.Length(max=60))
    sort = fields.String(load_default="")
    group_by = fields.String(load_default="")
    lanes_by = fields.String(load_default="")
    lanes = fields.List(fields.String(), load_default=list)
    dates_by = fields.String(load_default="")
    sum_of = fields.String(load_default="")
    totals = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    density = fields.String(load_default="")


class TypeSchema(_Strict):
    key = fields.String(required=True, validate=validate.Regexp(KEY))
    label = Words(60)
    plural = Words(60)
    description = Words(300, load_default="")
    icon = fields.String(load_default="box")
    color = fields.String(load_default="teal")
    title = Words(60, load_default="")
    columns = fields.List(fields.String(), validate=validate.Length(max=50))
    states = fields.List(fields.Nested(StateSchema), load_default=list, validate=validate.Length(max=30))
    fields_ = fields.List(fields.Nested(FieldSchema), load_default=list, data_key="fields",
                          validate=validate.Length(max=500))  # fmt: skip
    layout = fields.Dict(keys=fields.String())
    views = fields.List(fields.Nested(ViewSchema), load_default=list, validate=validate.Length(max=100))


class DesignSchema(_Strict):
    format = fields.String(required=True)
    version = fields.Integer(required=True, strict=True)
    title = Words(100)
    summary = Words(300)
    types = fields.List(fields.Nested(TypeSchema), required=True, validate=validate.Length(1, 100))


def read_design(content: bytes | str) -> dict[str, Any]:
    """What a template says, checked. Raises DesignError, saying what is wrong and where."""
    said = _parsed(content)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        message = _("This is no template of record types: it begins with “format: %(format)s”.", format=FORMAT)
        raise DesignError(message)
    if isinstance(said.get("version"), int) and said["version"] > VERSION:
        raise DesignError(_("The template was written by a newer Guanxi (version %(version)s). Update this one first.",
                            version=said["version"]), "too_new")  # fmt: skip
    try:
        design: dict[str, Any] = DesignSchema().load(said)
    except ma.ValidationError as error:
        where, message = next(_flat(error.normalized_messages()))
        raise DesignError(_("%(where)s: %(message)s", where=where or "types", message=message)) from None
    keys = [each["key"] for each in design["types"]]
    for each in design["types"]:
        each["fields"] = [{**field, "config": _in_my_language(field["config"])} for field in each.pop("fields_")]
        own = [field["key"] for field in each["fields"]]
        if keys.count(each["key"]) > 1 or len(set(own)) < len(own):
            raise DesignError(_("“%(key)s” is described twice.", key=_twice(keys) or _twice(own)))
        if each["key"].startswith("c_") and not each.get("label"):
            raise DesignError(_("%(where)s: %(message)s", where=each["key"], message=_("Give it a name.")))
    return design


def _twice(keys: list[str]) -> str:
    return next((key for key in keys if keys.count(key) > 1), "")


def _parsed(content: bytes | str) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    if len(raw) > MAX_SIZE:
        raise DesignError(_("The template is larger than %(limit)s KB.", limit=MAX_SIZE // 1024), "too_large")
    try:
        text = raw.decode("utf-8-sig")
        if "\x00" in text:
            raise DesignError(_("This is no text file."))
        _refuse_tricks(text)
        return yaml.load(text, Loader=_Loader)
    except UnicodeDecodeError:
        raise DesignError(_("The template is not encoded as UTF-8.")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise DesignError(_("This is not YAML: see line %(line)s.", line=line), "not_yaml") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise DesignError(_("This is not YAML."), "not_yaml") from None


def _refuse_tricks(text: str) -> None:
    """Refuse what makes a short text long or a value into something else: references, tags, depth without end."""
    depth = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DesignError(_("Line %(line)s: references (& and *) are not allowed.", line=line), "reference")
        if getattr(event, "tag", None):
            raise DesignError(_("Line %(line)s: tags (!) are not allowed.", line=line), "tag")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise DesignError(_("Line %(line)s: the template is too deep or too long.", line=line), "too_large")


def _flat(messages: Any, path: str = "") -> Any:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, path if key == "_schema" else f"{path}.{key}".strip("."))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield path, str(message)

"""A choice in steps: country, then city; trade, then branch."""

from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, or_

from core.i18n import _, _l
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.operators import CHOICE_OPERATORS, Operator, escape_like
from core.records.fields.text import LongText

Tree = Mapping[str, Any]
MARK = " / "


def _under(column: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    return or_(column == value, column.like(f"{escape_like(value + MARK)}%", escape="\\"))


class Cascade(FieldType):
    """A path in a tree of options, such as "Zhejiang / Hangzhou". Any step may be the last."""

    type_name = "cascade"
    icon = "sitemap"
    title = _l("Choice in steps")
    widget = "own"
    operators = CHOICE_OPERATORS | {"under": Operator(_l("is or lies under"), "value", _under)}
    configurable: ClassVar[tuple[str, ...]] = ("options",)

    def __init__(self, label: Any, *, options: Tree | str, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.tree: Tree = read_tree(options) if isinstance(options, str) else options
        self.paths = list(_paths(self.tree))

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"options": "Zhejiang\n  Hangzhou\n  Ningbo\nJiangsu\n  Suzhou"}

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        help = _l("One on each line; what stands further in lies under the line above.")
        return {"options": LongText(_l("Options"), required=True, help=help)}

    @classmethod
    def check_settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        tree = read_tree(config.get("options") or "")
        if not tree:
            raise FieldError("required", _("Name at least one option, one on each line."))
        if len(list(_paths(tree))) > 5_000:
            raise FieldError("too_many", _("Name at most %(limit)s options.", limit=5_000))
        return dict(config)

    def from_form(self, form: Any, name: str) -> Any:
        steps = [step for n in range(8) if (step := form.get(f"{name}-{n}"))]
        return MARK.join(steps) if steps else form.get(name)

    def parse_text(self, text: str) -> str:
        steps = [part.strip() for part in text.replace("／", "/").replace(">", "/").split("/")]
        level, found = self.tree, []
        for step in steps:
            known = next((name for name in level if name.casefold() == step.casefold()), None)
            if known is None:
                wanted = ", ".join(list(level)[:12])
                raise FieldError("not_an_option", _("Choose one of: %(list)s.", list=wanted or _("nothing further")))
            found.append(known)
            level = level[known]
        return MARK.join(found)

    def load(self, stored: Any) -> Any:
        return stored

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        """One list of all paths, which the browser turns into a list for each step."""
        options = Markup("").join(
            Markup("<option{}>{}</option>").format(Markup(" selected") if path == typed else "", path)
            for path in (self.paths if not typed or typed in self.paths else [*self.paths, typed])
        )
        tree = escape(orjson.dumps(self.tree).decode())
        return Markup(
            '<select class="gx-input gx-select" name="{}" data-cascade="{}"{}><option value=""></option>{}</select>'
        ).format(name, tree, attributes, options)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.paths} if len(self.paths) <= 200 else {"type": "string"}

    def example(self) -> Any:
        return self.paths[-1]


def read_tree(lines: str) -> Tree:
    """The tree of indented lines: what stands further in lies under the line above."""
    tree: dict[str, Any] = {}
    above: list[tuple[int, dict[str, Any]]] = [(-1, tree)]
    for line in lines.replace("\x00", "").replace("\t", "  ").splitlines():
        name = " ".join(line.replace("/", " ").split())[:100]
        if not name:
            continue
        depth = len(line) - len(line.lstrip())
        while len(above) > 1 and above[-1][0] >= depth:
            above.pop()
        if len(above) > 8:
            raise FieldError("too_deep", _("A choice has at most %(limit)s steps.", limit=8))
        level = above[-1][1].setdefault(name, {})
        above.append((depth, level))
    return tree


def _paths(tree: Tree, before: str = "") -> Any:
    for name, below in tree.items():
        path = f"{before}{MARK}{name}" if before else name
        yield path
        yield from _paths(below, path)

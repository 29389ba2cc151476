"""What is wrong with a plugin: the rules of the house, told in words. The project's own tests ask the same."""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from core import migrate
from core.api import Resource
from core.host.manifest import Plugin
from core.i18n import DEFAULT, LOCALES
from core.records.types import Section
from core.web.blueprints import Guarded

CORE = Path(__file__).parents[1]
DOOR = "core.sdk"
SHUT = ("core", "tenants", "plugins")
LEFT_OUT = ("tests", "migrations")
"""Folders whose code is not the plugin itself: tests look behind the door, migrations import nothing of ours."""
TEMPLATES = ("**/templates/**.html", "**/templates/**.txt")
TEXTS = [("**.py", "python"), *((pattern, "jinja2") for pattern in TEMPLATES)]
KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "_lp": ((1, "c"), 2), "_n": (1, 2)}


def problems_of(plugin: Plugin) -> list[str]:
    """Every problem in one line each; none when the plugin is in order."""
    return [problem for check in CHECKS for problem in check(plugin)]


def wrong_imports(plugin: Plugin) -> Iterator[str]:
    """A plugin imports the door, itself, and what is not ours."""
    for path in python_of(plugin):
        own = _package_of(plugin)
        for line, name in _imported(ast.parse(path.read_text()), path, plugin):
            inside = name == own or name.startswith(f"{own}.")
            if name.partition(".")[0] in SHUT and not inside and name != DOOR and not name.startswith(f"{DOOR}."):
                yield f"{_where(plugin, path)}:{line}: imports {name}; only core.sdk is open to plugins"


def hidden_imports(plugin: Plugin) -> Iterator[str]:
    for path in python_of(plugin):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        yield f"{_where(plugin, path)}:{node.lineno}: an import hides in {function.name}"


def wrong_names(plugin: Plugin) -> Iterator[str]:
    """Everything that a plugin owns begins with its name; the host has refused the worst already."""
    own = plugin.name
    for kind in plugin.field_types:
        if not kind.type_name.startswith(f"{own}_"):
            yield f"field type {kind.type_name}: its name does not begin with {own}_"
    for table in migrate.tables_of(own):
        if not table.name.startswith(f"{own}_"):
            yield f"table {table.name}: its name does not begin with {own}_"
    for sort in ("templates", "static"):
        for path in sorted((plugin.folder / sort).glob("*")):
            if path.name not in (own, "mail"):
                yield f"{sort}/{path.name}: put it into {sort}/{own}/"


def open_routes(plugin: Plugin) -> Iterator[str]:
    """Every blueprint says who may come in, and follows the module when it is switched off."""
    for blueprint in plugin.blueprints:
        if not isinstance(blueprint, Guarded):
            yield f"blueprint {blueprint.name}: make it with workspace() or public(), which ask who comes in"
        elif blueprint.module != plugin.name:
            yield f"blueprint {blueprint.name}: say module={plugin.name!r}, or it stays when the module is switched off"
        elif not isinstance(blueprint, Resource) and not _is_own_address(blueprint.url_prefix or "", plugin):
            yield f"blueprint {blueprint.name}: its addresses are not below /{plugin.name}"


def _is_own_address(prefix: str, plugin: Plugin) -> bool:
    own = {plugin.name, *(t.plural for t in plugin.record_types)}
    parts = prefix.strip("/").split("/")
    return len(parts) > 2 and parts[2] in own


def wrong_fields(plugin: Plugin) -> Iterator[str]:
    """Lists and forms name fields that there are."""
    for record_type in plugin.record_types:
        form = [key for each in record_type.form for key in (each.fields if isinstance(each, Section) else (each,))]
        for key in dict.fromkeys([*record_type.columns, *form]):
            if key not in record_type.builtin:
                yield f"record type {record_type.name}: there is no field {key}"


def unmigrated_models(plugin: Plugin) -> Iterator[str]:
    """The migrations make what the models say. Needs a database that `guanxi migrate` has brought up to date."""
    tables = {table.name for table in migrate.tables_of(plugin.name)}
    component = migrate.Component(plugin.name, plugin.folder / "migrations")
    if not tables:
        return
    if not component.versions.is_dir():
        yield f"migrations: there are none for {', '.join(sorted(tables))}"
        return
    for operation in migrate.differences(component).ops:
        yield f"migrations: {_said(operation)} is missing; write it by guanxi migrate --draft {plugin.name} MESSAGE"


def _said(operation: Any) -> str:
    name = getattr(operation, "table_name", "")
    return f"{type(operation).__name__.removesuffix('Op')} {name}".strip()


def untranslated(plugin: Plugin) -> Iterator[str]:
    """Each message has its words in every language that we speak; what the core says needs not be said again."""
    messages = messages_of(plugin.folder)
    for locale in sorted(set(LOCALES) - {DEFAULT}):
        known = _translated(plugin.folder, locale) | _translated(CORE, locale)
        for where, message in messages.items():
            if message not in known:
                yield f"{where}: no {LOCALES[locale]} for {message!r}"


def messages_of(folder: Path) -> dict[str, str]:
    """The messages of a plugin, each by the first place where it stands."""
    options = {pattern: {"extensions": "jinja2.ext.do"} for pattern in TEMPLATES}
    found: dict[str, str] = {}
    for path, line, message, _comments, context in extract_from_dir(
        folder, TEXTS, options, KEYWORDS, directory_filter=lambda name: Path(name).name not in LEFT_OUT
    ):
        text = _named(message, context)
        if text not in found.values():
            found[f"{path}:{line}"] = text
    return found


def _translated(folder: Path, locale: str) -> set[str]:
    path = folder / "translations" / locale / "LC_MESSAGES/messages.po"
    if not path.exists():
        return set()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    return {_named(m.id, m.context) for m in catalogue if m.string and not m.fuzzy}


def _named(message: Any, context: str | None) -> str:
    text = message if isinstance(message, str) else message[0]
    return f"{text} ({context})" if context else str(text)


CHECKS: tuple[Callable[[Plugin], Iterable[str]], ...] = (
    wrong_imports, hidden_imports, wrong_names, open_routes, wrong_fields, unmigrated_models, untranslated,
)  # fmt: skip


# --- reading code --------------------------------------------------------------------------------------


def python_of(plugin: Plugin) -> list[Path]:
    """The code that is the plugin."""
    inside = (path for path in sorted(plugin.folder.rglob("*.py")))
    return [path for path in inside if not set(LEFT_OUT) & set(path.relative_to(plugin.folder).parts)]


def _package_of(plugin: Plugin) -> str:
    """What the plugin is imported as: `plugins.leads`, `garage`."""
    return f"plugins.{plugin.name}" if plugin.folder.parent.name == "plugins" else plugin.name


def _imported(tree: ast.AST, path: Path, plugin: Plugin) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names] if node.module in SHUT else [node.module]
            yield from ((node.lineno, name) for name in whole)


def _where(plugin: Plugin, path: Path) -> str:
    return str(path.relative_to(plugin.folder))

"""The rules of the house, as tests: what the design promises stays true when nobody thinks of it."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from core.host import hookspecs
from core.host.loader import host
from core.web.blueprints import Guarded
from tools import translations

ROOT = Path(__file__).parents[2]
PYTHON = [p for folder in ("core", "tenants", "plugins") for p in sorted((ROOT / folder).rglob("*.py"))]
TEMPLATES = [p for folder in ("core", "tenants", "plugins") for p in sorted((ROOT / folder).rglob("*.html"))]
MAILS = re.compile(r"/templates/(mail|letters)/")
OPEN_ROUTES = {
    "static_files", "preferences", "styleguide", "start", "auth", "health", "operator", "sign_up", "signing_in", "invitations",
    "elsewhere", "joining",
    "healthz", "readyz", "metrics", "static", "favicon", "second_step", "password_strength",
    "way_in", "new_address", "authorizing", "oauth",
}  # fmt: skip
"""Blueprints and views that stand before any workspace: signing in, health, assets."""


def test_every_route_inside_a_workspace_says_who_may_come_in(app):
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        inside = rule.rule.startswith(("/w/", "/p/"))
        if inside or isinstance(app.blueprints.get(rule.endpoint.rpartition(".")[0]), Guarded):
            assert getattr(view, "permission", None), f"{rule.rule} lets anybody in"


def test_every_other_route_is_known(app):
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/w/", "/p/", "/api/")):
            assert rule.endpoint.partition(".")[0] in OPEN_ROUTES, f"{rule.rule} ({rule.endpoint}) is new here"


def test_a_plugins_pages_belong_to_its_module(app):
    for plugin in host().plugins.values():
        for blueprint in plugin.blueprints:
            assert blueprint.module == plugin.name, f"{blueprint.name} would stay when {plugin.name} is off"


def test_core_knows_no_plugin_by_name():
    names = {p.name for p in (ROOT / "plugins").iterdir() if p.is_dir() and (p / "plugin.py").exists()}
    for path in PYTHON:
        if path.is_relative_to(ROOT / "core") and "tests" not in path.parts:
            words = set(re.findall(r"[a-z_]+", _code_of(path)))
            assert not words & names, f"{path.relative_to(ROOT)} names {words & names}"


def _code_of(path: Path) -> str:
    """Names and texts of a module, without its docstrings and comments."""
    tree = ast.parse(path.read_text())
    docs = {id(n.body[0].value) for n in ast.walk(tree)
            if isinstance(n, (ast.Module, ast.ClassDef, ast.FunctionDef)) and n.body
            and isinstance(n.body[0], ast.Expr) and isinstance(n.body[0].value, ast.Constant)}  # fmt: skip
    parts = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            parts.append(node.value.lower() if re.fullmatch(r"[a-z_./]+", node.value) else "")
        elif isinstance(node, ast.Name):
            parts.append(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            parts += [getattr(node, "module", "") or "", *(alias.name for alias in node.names)]
    return " ".join(parts)


def test_no_import_hides_in_a_function():
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                hidden = [n for n in ast.walk(node) if isinstance(n, (ast.Import, ast.ImportFrom))]
                assert not hidden, f"{path.relative_to(ROOT)}:{hidden[0].lineno}"


def test_every_hook_says_what_it_is_for_and_is_listed_in_the_docs():
    listed = (ROOT / "docs/plugins.md").read_text()
    for family in (hookspecs.Questions, hookspecs.Duties):
        for name, hook in vars(family).items():
            if not name.startswith("_"):
                assert hook.__doc__, name
                assert f"`{name}" in listed, f"docs/plugins.md does not speak of {name}"


def test_plugins_come_in_by_the_door_only():
    for path in (ROOT / "plugins").rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("core"):
                assert node.module == "core.sdk", f"{path.relative_to(ROOT)} imports {node.module}"


def test_pages_have_no_script_or_style_of_their_own():
    for path in TEMPLATES:
        if MAILS.search(path.as_posix()):
            continue
        source = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", source), path.relative_to(ROOT)
        for tag in re.findall(r"<script\b[^>]*>", source):
            assert "src=" in tag, path.relative_to(ROOT)


@pytest.mark.parametrize("component", translations.components())
def test_everything_shown_is_said_in_chinese_too(component):
    faults = translations.faults(component)

    assert not faults, "\n".join(faults[:10])


def test_lock_files_are_hashed_and_name_no_registry():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "http" not in text
        assert text.count("==") <= text.count("--hash=sha256:")
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_every_dependency_we_declare_is_locked():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    locked = (ROOT / "requirements.lock").read_text().lower()
    for requirement in declared:
        name = re.split(r"[\[<>=~! ]", requirement)[0].lower()
        assert f"\n{name}==" in f"\n{locked}" or f"\n{name}[" in f"\n{locked}", name

"""`guanxi plugin new` and `check`, as somebody uses them who writes a first module."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Blueprint

from core.host.loader import host
from core.records.types import RecordType
from core.sdk import Resource, workspace
from core.workbench import checking
from core.workbench.command import plugin as command
from tests.core.tutorial import follow

ROOT = Path(__file__).parents[2]
OURS = ("GUANXI_TEST_SERVICES", "PYTEST_XDIST_WORKER")
"""What would tell the inner tests to use the services of the outer ones."""


@pytest.fixture
def garage(application):
    return host().plugins["garage"]


@pytest.fixture
def copied(garage, tmp_path):
    """The garage with a file of our choice beside the others."""

    def copy(name: str, text: str):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        return replace(garage, folder=tmp_path)

    return copy


def run(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments)
    return f"{done.exit_code} {done.output}"


def test_the_stranger_s_plugin_is_in_order(garage):
    assert checking.problems_of(garage) == []


def test_the_list_says_what_is_installed(application):
    assert "garage           1.0.0      cars" in run("list")


def test_a_plugin_that_is_not_there_is_named(application):
    assert run("check", "nobody").startswith("1 Error: nobody is not installed.")


@pytest.mark.parametrize(
    "line",
    [
        "from core.db import session",
        "import core.events",
        "from core import db",
        "from plugins.leads import plugin",
        "import tenants",
    ],
)
def test_only_the_door_is_open(copied, line):
    (problem,) = checking.wrong_imports(copied("services.py", f'"""x"""\n\n{line}\n'))

    assert problem.startswith("services.py:3: imports ") and problem.endswith("only core.sdk is open to plugins")


def test_tests_may_look_behind_the_door(copied):
    assert list(checking.wrong_imports(copied("tests/test_x.py", "from core import db\n"))) == []


def test_imports_do_not_hide(copied):
    assert list(checking.hidden_imports(copied("jobs.py", "def f():\n    import json\n"))) == [
        "jobs.py:2: an import hides in f"
    ]


def test_templates_are_in_a_folder_of_their_own(copied):
    assert list(checking.wrong_names(copied("templates/list.html", "")))[-1] == (
        "templates/list.html: put it into templates/garage/"
    )


def test_every_route_asks_who_comes_in_and_follows_the_switch(garage):
    open_to_all = Blueprint("free", __name__)
    always_on = workspace("garage_x", __name__, "garage")
    elsewhere = workspace("garage_y", __name__, "customers", module="garage")
    calls = Resource("garage_z", __name__, module="garage")
    problems = list(checking.open_routes(replace(garage, blueprints=(open_to_all, always_on, elsewhere, calls))))

    assert ["workspace()" in problems[0], "module='garage'" in problems[1], "below /garage" in problems[2]] == [
        True
    ] * 3


def test_columns_are_fields(garage):
    (car,) = garage.record_types
    wrong = RecordType(
        car.model, name="car", label="", plural="cars", plural_label="", title="plate", columns=("wings",)
    )

    assert list(checking.wrong_fields(replace(garage, record_types=(wrong,)))) == [
        "record type car: there is no field wings"
    ]


def test_a_message_without_chinese_is_named_with_its_place(copied):
    made = copied("services.py", 'from core.sdk import _\n\nTEXT = _("No words for this")\n')

    assert list(checking.untranslated(made)) == ["services.py:3: no 简体中文 for 'No words for this'"]


def test_models_without_a_migration_are_named(garage, tmp_path):
    assert list(checking.unmigrated_models(replace(garage, folder=tmp_path))) == [
        "migrations: there are none for garage_car"
    ]


@pytest.mark.parametrize("name", ["Visits", "my-plugin", "class", "9lives", "a_b", "访问"])
def test_a_name_that_cannot_be_one_is_refused(name, tmp_path):
    assert run("new", "--folder", str(tmp_path), "--", name).startswith("2 ")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    assert run("new", "visits", "--folder", str(tmp_path)).startswith("0 ")
    assert "is there already" in run("new", "visits", "--folder", str(tmp_path))


def test_a_new_plugin_works_at_once_and_so_does_the_one_of_the_tutorial(tmp_path, database):
    run("new", "visits", "--folder", str(tmp_path))
    follow(tmp_path / "repairs")
    environment = {
        key: value for key, value in os.environ.items() if key not in ("GUANXI_TEST_SERVICES", "PYTEST_XDIST_WORKER")
    }
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "visits", "repairs"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert done.returncode == 0 and "15 passed" in done.stdout, done.stdout + done.stderr

"""A folder for an installation, and `guanxi up` on it."""

import shutil
import sys
from pathlib import Path

import pytest

from core.host.loader import host
from core.testing.household import Household
from core.testing.places import passing_place
from tests.core.providers_for_tests import house, oidc, oidc_program, told  # noqa: F401

STUB = (sys.executable, str(Path(__file__).with_name("stub_household.py")))


@pytest.fixture
def place():
    folder = passing_place()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def household(place):
    household = Household(place / "data", command=STUB)
    yield household
    household.end()


@pytest.fixture
def leads(ada):
    """The leads module, switched on: a record type that is written by its own services."""
    if "leads" not in host().plugins:
        pytest.skip("this run is without the leads module")
    ada.switch("leads")

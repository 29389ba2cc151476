"""A folder for an installation, and `guanxi up` on it."""

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from core.testing.household import Household

STUB = (sys.executable, str(Path(__file__).with_name("stub_household.py")))


@pytest.fixture
def place():
    """An empty folder that services may work in under another account, which pytest's own is shut against."""
    folder = Path(tempfile.mkdtemp(prefix="guanxi-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def household(place):
    household = Household(place / "data", command=STUB)
    yield household
    household.end()

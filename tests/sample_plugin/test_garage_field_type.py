"""A stranger's field type passes what ours pass."""

import pytest

from core.testing.conformance import FieldTypeConformance


class TestPlate(FieldTypeConformance):
    @pytest.fixture
    def kind(self, ada):
        ada.switch("garage")
        return "garage_plate"

"""A field type of our own: the plate of a car."""

import re
from typing import Any

from markupsafe import Markup

from core.sdk import NO_NAMES, FieldError, Names, Text, _, _l


class Plate(Text):
    """Kept in capitals without spaces and dots, so that two writings of one plate are equal."""

    type_name = "garage_plate"
    title = _l("Licence plate")

    def parse_text(self, text: str) -> str:
        plate = re.sub(r"[\s·.-]", "", text).upper()
        if not re.fullmatch(r"\w{4,10}", plate):
            raise FieldError("not_a_plate", _("Enter a plate like 京A·12345."))
        return plate

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return Markup('<span class="gx-num">{}</span>').format(value) if value else ""

    def example(self) -> Any:
        return "京A12345"

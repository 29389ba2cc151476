"""What is wrong with a formula, and where."""

from core.i18n import _
from core.records.fields import FieldError


class FormulaError(FieldError):
    """A formula that cannot be. `at` is the place of the character, from 0, at which it goes wrong."""

    def __init__(self, code: str, message: str, at: int = 0) -> None:
        super().__init__(code, _("Character %(number)s: %(message)s", number=at + 1, message=message))
        self.at, self.plain = at, str(message)

"""Why a file cannot be read at all, and how much of one we take."""

from core.errors import DomainError

LARGEST_FILE = 256 * 1024 * 1024
LARGEST_UNPACKED = 512 * 1024 * 1024
MOST_COLUMNS = 1_000
MOST_CELLS = 12_000_000
LONGEST_CELL = 100_000


class TabularError(DomainError):
    """The file cannot be read. The message says what to do about it; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)

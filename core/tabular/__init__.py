"""Tables that people bring in files: reading them, guessing what their columns mean, writing them back."""

from core.tabular.booleans import parse_bool_text
from core.tabular.dates import Ambiguous, DateOrder, date_order, parse_date_text, parse_datetime_text
from core.tabular.errors import TabularError
from core.tabular.guessing import Guess, TargetField, guess_columns
from core.tabular.numbers import parse_number_text
from core.tabular.reading import read
from core.tabular.sniffing import Kind, column_kind
from core.tabular.synonyms import synonyms_of
from core.tabular.table import Row, RowProblem, Table
from core.tabular.writing import write_csv

__all__ = [
    "Ambiguous",
    "DateOrder",
    "Guess",
    "Kind",
    "Row",
    "RowProblem",
    "TabularError",
    "Table",
    "TargetField",
    "column_kind",
    "date_order",
    "guess_columns",
    "parse_bool_text",
    "parse_date_text",
    "parse_datetime_text",
    "parse_number_text",
    "read",
    "synonyms_of",
    "write_csv",
]

"""What we hand out opens in a spreadsheet without running anything, and can be brought back."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tabular import read, write_csv


def written(rows, headers=("name", "notes"), **options):
    return b"".join(write_csv(rows, headers, **options))


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://evil.example")',
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "+86 138",
    ],
)
def test_a_formula_is_handed_out_as_text(cell):
    row = list(csv.reader(io.StringIO(written([[cell, ""]], bom=False).decode(), newline="")))[1]

    assert row[0] == "'" + cell


@pytest.mark.parametrize(
    "cell", ["-5", "+5", "-1,200.50", "-12%", "-1.5e10", "+8613800138000", "plain", "'quoted'", "a=b"]
)
def test_plain_numbers_and_words_stay_as_they_are(cell):
    assert cell in written([[cell, ""]], bom=False).decode().replace('"', "")
    assert "'" + cell not in written([[cell, ""]], bom=False).decode()


def test_headings_are_guarded_too():
    assert b"'=1+1" in written([], headers=["=1+1"])


def test_a_file_says_that_it_is_utf8_unless_told_not_to():
    assert written([["华为", None]]).startswith(b"\xef\xbb\xbfname,notes\r\n")
    assert written([["华为", None]], bom=False) == "name,notes\r\n华为,\r\n".encode()


def test_a_long_table_is_handed_out_in_pieces():
    pieces = write_csv(([str(number), "some words"] for number in range(50_000)), ["name", "notes"])

    assert len([piece for piece in pieces if len(piece) < 200_000]) > 5


cell = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff")) | st.builds(
    lambda start, rest: start + rest,
    st.sampled_from(["'", "''", "=", "+", "-", "@", "\t", "\r", "\n", "'=", "''-", "＝"]),
    st.text("ab1,'\"=-\n"),
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.just("row"), cell, cell), max_size=20))
def test_what_is_written_is_read_back_unchanged(rows):
    table = read(written(rows, headers=["a", "b", "c"]), "export.csv", delimiter=",", header=True)

    assert table.headers == ["a", "b", "c"]
    assert [tuple(row) for row in table.rows] == rows

"""Reading text files: what separates the cells, where the header is, and rows that do not fit."""

import csv
import io
import itertools
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tabular import TabularError, read

DATA = Path(__file__).parents[3] / "shared" / "data"


def cells(content, **options):
    return [list(row) for row in read(content, "customers.csv", **options).rows]


def refusal(content, name="customers.csv", **options):
    with pytest.raises(TabularError) as caught:
        list(read(content, name, **options).rows)
    return caught.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(delimiter):
    content = f"name{delimiter}city\nAcme{delimiter}Berlin\nGlobex{delimiter}Paris\n"

    table = read(content.encode(), "customers.csv")

    assert table.delimiter == delimiter
    assert table.headers == ["name", "city"]
    assert cells(content.encode()) == [["Acme", "Berlin"], ["Globex", "Paris"]]


def test_commas_inside_the_cells_do_not_make_a_comma_the_separator():
    content = 'name;revenue;notes\nAcme;1,5;"a, b, c"\nGlobex;2,25;d, e\n'

    assert read(content.encode(), "x.csv").delimiter == ";"


def test_excels_own_word_about_the_separator_is_taken_and_left_out():
    table = read(b"sep=;\r\nname;city\r\nAcme;Berlin\r\n", "x.csv")

    assert (table.delimiter, table.headers) == (";", ["name", "city"])
    assert [row.line for row in table.rows] == [3]


def test_a_person_can_say_which_separator_it_is():
    assert cells(b"a;b,c\n1;2,3\n", delimiter=";") == [["1", "2,3"]]


@pytest.mark.parametrize("delimiter", ["ab", '"', "\n"])
def test_what_cannot_separate_cells_is_refused(delimiter):
    assert refusal(b"a,b\n1,2\n", delimiter=delimiter).code == "unknown_delimiter"


def test_a_file_of_one_column_is_a_table():
    assert read(b"email\nada@acme.example\n", "x.csv").headers == ["email"]


def test_quoted_cells_may_hold_separators_quotes_and_line_breaks():
    content = b'name,notes\nAcme,"line one\nline ""two"", end"\nGlobex,\n'

    table = read(content, "x.csv")

    assert [list(row) for row in table.rows] == [["Acme", 'line one\nline "two", end'], ["Globex", ""]]
    assert [row.line for row in table.rows] == [2, 4]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_will_do(ending):
    assert cells(f"a,b{ending}1,2{ending}3,4".encode()) == [["1", "2"], ["3", "4"]]


def test_blank_lines_are_left_out_and_short_rows_are_filled_up():
    assert cells(b"a,b,c\n\n1\n , ,\n2,3\n\n") == [["1", "", ""], ["2", "3", ""]]


def test_a_row_that_is_too_long_spoils_only_itself_and_names_its_line():
    good, bad, next_one = read(b"a,b\n1,2\n3,4,5\n6,7\n", "x.csv").rows

    assert good.problem is None and next_one.problem is None
    assert bad.problem.code == "too_many_cells"
    assert "Line 3" in bad.problem.message
    assert list(bad) == ["3", "4", "5"]


def test_empty_cells_past_the_last_column_are_no_problem():
    assert cells(b"a,b\n1,2,,\n") == [["1", "2"]]


def test_columns_without_a_name_are_numbered():
    assert read(b"a,,c,\n1,2,3,4\n", "x.csv").headers == ["a", "Column 2", "c", "Column 4"]
    assert read(b"a,b\n1,2,3\n4,5,6\n", "x.csv").headers == ["a", "b", "Column 3"]


def test_a_trailing_separator_makes_no_column():
    assert read(b"a,b,\n1,2,\n3,4,\n", "x.csv").headers == ["a", "b"]


def test_two_columns_of_one_name_can_be_told_apart():
    table = read(b"Phone,phone, Phone \n1,2,3\n", "x.csv")

    assert table.headers == ["Phone", "phone 2", "Phone 3"]
    assert len(table.warnings) == 2


def test_a_file_without_a_header_keeps_its_first_row():
    table = read(b"Ada,ada@acme.example,13800138000\nBob,bob@acme.example,13900139000\n", "x.csv")

    assert not table.has_header
    assert table.headers == ["Column 1", "Column 2", "Column 3"]
    assert [row[0] for row in table.rows] == ["Ada", "Bob"]
    assert table.warnings


def test_years_as_column_names_are_not_taken_for_data():
    table = read(b"Region,2019,2020,2021\nEast,2001,2002,1999\nWest,1980,2003,2004\n", "x.csv")

    assert table.headers == ["Region", "2019", "2020", "2021"]


def test_a_person_knows_better_whether_there_is_a_header():
    assert read(b"a,b\nc,d\n", "x.csv", header=False).headers == ["Column 1", "Column 2"]
    assert cells(b"a,b\nc,d\n", header=False) == [["a", "b"], ["c", "d"]]
    assert read(b"1,2\n3,4\n", "x.csv", header=True).headers == ["1", "2"]


def test_titles_above_the_header_are_left_out():
    content = "客户资料,,,,,\n导出人：张三,,,,,\n\n名称,电话,城市,行业,来源,备注\n华为,1,深圳,通信,展会,\n"

    table = read(content.encode(), "x.csv")

    assert table.headers == ["名称", "电话", "城市", "行业", "来源", "备注"]
    assert [(row.line, row[0]) for row in table.rows] == [(5, "华为")]


def test_headings_lose_line_breaks_and_invisible_signs():
    assert read('"\u200bFirst\nname", b\nx,y\n'.encode(), "x.csv").headers == ["First name", "b"]


def test_three_hundred_columns_are_read():
    names = [f"field {n}" for n in range(300)]
    content = ",".join(names) + "\n" + ",".join("x" * 300) + "\n"

    assert read(content.encode(), "x.csv").headers == names


def test_far_too_many_columns_are_refused():
    assert refusal(b",".join([b"name"] * 5000)).code == "too_many_columns"


@pytest.mark.parametrize("cell", ["x" * 5_000_000, '"' + "line\n" * 1_000_000 + '"'])
def test_a_cell_of_five_megabytes_spoils_only_its_row(cell):
    first, huge, last = read(f"a,b\n1,2\n{cell},3\n4,5\n".encode(), "x.csv").rows

    assert huge.problem.code == "cell_too_long"
    assert "Line 3" in huge.problem.message
    assert max(map(len, huge)) == 100_000
    assert (list(first), list(last)) == (["1", "2"], ["4", "5"])


def test_a_quotation_mark_that_is_never_closed_is_found_at_its_line():
    *_, last = read(b'a,b\n1,2\n3,"4\n5,6\n7,8\n', "x.csv").rows

    assert last.problem.code == "unclosed_quote"
    assert "Line 3" in last.problem.message


def test_a_quotation_mark_within_a_cell_is_just_a_sign():
    assert cells(b'size,b\n5"10,x\nmy "own" way,y\n') == [['5"10', "x"], ['my "own" way', "y"]]


def test_a_guarded_formula_is_found_in_the_middle_of_a_file():
    rows = list(read(b"name,notes\n" + b"Acme,x\n" * 300 + b"Globex,'=1+1\n" + b"Acme,x\n" * 300, "x.csv").rows)

    assert list(rows[300]) == ["Globex", "=1+1"]


def test_nul_characters_are_left_out():
    assert cells(b"name,city\nAc\0me,Berlin\n") == [["Acme", "Berlin"]]


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b",,,\n,,,\n"])
def test_a_file_with_nothing_in_it_is_refused(content):
    problem = refusal(content)

    assert problem.code == "empty"
    assert "customers.csv" in problem.message


def test_a_header_alone_is_a_table_without_rows():
    assert cells(b"name,city\n") == []


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, b"%PDF-1.7 text", bytes(range(256)) * 50, b"\0" * 500],
)
def test_what_is_no_table_is_refused_with_the_remedy(content):
    problem = refusal(content)

    assert problem.code == "binary"
    assert "CSV" in problem.message


def test_a_web_page_that_calls_itself_a_spreadsheet_is_named_as_such():
    problem = refusal(b"<html><table><tr><td>a</td></tr></table></html>", "report.xls")

    assert problem.code == "web_page"
    assert "save it as XLSX" in problem.message


def test_the_rows_can_be_read_again_from_the_start():
    table = read(b"a\n1\n2\n", "x.csv")

    assert [row[0] for row in itertools.islice(table.rows, 1)] == ["1"]
    assert [row[0] for row in table.rows] == ["1", "2"]
    assert [row[0] for row in table.sample(1)] == ["1"]


def test_a_long_file_is_read_without_holding_it(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("name,city,notes\n")
        for number in range(100_000):
            file.write(f"Customer {number},Berlin,some words about this customer\n")

    tracemalloc.start()
    count = sum(1 for _ in read(path, "long.csv").rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 100_000
    assert peak < 4_000_000


anything = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff") | st.sampled_from("\t\r\n'\"=,;|"),
    max_size=20,
)


@settings(deadline=None)
@given(st.lists(st.lists(anything, min_size=3, max_size=3), max_size=20), st.sampled_from(",;\t|"))
def test_whatever_a_csv_writer_writes_is_read_back(rows, delimiter):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([["one", "two", "three"], *rows])

    table = read(file.getvalue().encode(), "x.csv", delimiter=delimiter, header=True)

    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [list(row) for row in table.rows] == [
        [cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in tuple("=+-@\t\r＝＋－＠") else cell for cell in row]
        for row in kept
    ]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_bring_the_reader_down(content):
    try:
        list(read(content, "x.csv").rows)
    except TabularError as problem:
        assert problem.message.endswith(".")


@pytest.mark.skipif(not DATA.exists(), reason="the example data is not beside the repository")
@pytest.mark.parametrize(
    ("path", "columns", "rows"),
    [
        ("crm_sales/accounts.csv", 7, 85),
        ("crm_sales/sales_pipeline.csv", 8, 8800),
        ("leads/x_education_leads.csv", 37, 6433),
        ("tickets/support_tickets.csv", 19, 5928),
        ("churn/telco_churn.csv", 21, 4930),
    ],
)
def test_real_files_are_read_whole(path, columns, rows):
    table = read(DATA / path, path)
    read_rows = list(table.rows)

    assert (len(table.headers), len(read_rows)) == (columns, rows)
    assert all(row.problem is None and len(row) == columns for row in read_rows)

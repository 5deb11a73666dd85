"""How a column is read: by what the training table says, the same for every other table."""

import numpy as np
import pytest

from skcert.cli.tables._columns import CATEGORY, LEFT_OUT, NUMBER, Column, Options, Unclear, decide, read

NUMBERS = [str(value) for value in np.random.default_rng(0).normal(size=60).round(3)]


def decided(cells, name="a", **options):
    return decide(name, cells, Options(**options))


@pytest.mark.parametrize(
    "odd", ["?", "-", "--", "n.a.", "unknown", "#DIV/0!", "(missing)", "\u2014", "*", "NULL", " "]
)
def test_marks_for_no_value_among_numbers(odd):
    column, values = decided([odd, *NUMBERS, odd])
    assert column.kind == NUMBER
    assert np.isnan(values[[0, -1]]).all() and np.array_equal(values[1:-1], np.array(NUMBERS, float))
    assert bool(column.notes) == (odd.strip() not in ("NULL", ""))
    test_values, notes = read(column, ["0.5", odd], Options())
    assert test_values[0] == 0.5 and np.isnan(test_values[1]) and len(notes) == len(column.notes)


@pytest.mark.parametrize("odd", ["1O5", "<5", "12 kg", "3;5", "1.2.3", "5 or 6"])
def test_other_text_among_numbers_is_refused_with_the_way_out(odd):
    with pytest.raises(Unclear, match="looks numeric") as caught:
        decided([*NUMBERS, odd])
    for word in (repr(odd), "--missing", "--category 'a'"):
        assert word in str(caught.value)
    assert decided([*NUMBERS, odd], missing=(odd,))[0].kind == NUMBER
    assert decided([*NUMBERS, *NUMBERS, odd], category=("a",))[0].kind == CATEGORY
    column, _ = decided(NUMBERS)
    with pytest.raises(Unclear, match="is numeric in the training table") as caught:
        read(column, ["1", odd], Options())
    assert repr(odd) in str(caught.value)


def test_numbers_written_in_another_way_in_the_other_table():
    column, _ = decided(NUMBERS)
    for cells in (["0,5", "1,25"], ["5%"], ["$3"]):
        with pytest.raises(Unclear, match="is numeric in the training table, but has"):
            read(column, cells, Options())
    column, _ = decided([cell.replace(".", ",") for cell in NUMBERS])
    assert column.notes == ("decimal commas",)
    assert np.array_equal(read(column, ["0,5", "2"], Options())[0], [0.5, 2.0])
    with pytest.raises(Unclear, match=r"decimal commas\), but has '0.5'"):
        read(column, ["0.5"], Options())


@pytest.mark.parametrize(
    ("cells", "folded"),
    [
        (["01", "02", "10"], False),
        (["250.00", "250.0", "V12"], False),
        (["1234567890123456", "1234567890123457"], False),
        (["yes", "NO", "Yes"], True),
        (["TRUE", "False", ""], True),
        (["red", "Red", " red"], False),
    ],
)
def test_categories(cells, folded):
    column, values = decided(cells * 6)
    assert (column.kind, column.folded) == (CATEGORY, folded)
    expected = [(cell.strip().lower() if folded else cell.strip()) or "(missing)" for cell in cells]
    assert values.tolist() == expected * 6
    for cell, value in zip(cells, expected):  # alone, in another table
        assert read(column, [cell], Options())[0].tolist() == [value]


def test_a_column_of_few_numbers_among_texts_is_categories():
    column, values = decided(["1", "1.0", "2", "10"] * 6 + ["v2"])
    assert column.kind == CATEGORY and column.notes == ("96% of the cells are numbers, but not 'v2'",)
    assert set(values) == {"1", "1.0", "2", "10", "v2"}
    assert decided(["1", "2", "x", "y", "1", "x"] * 4)[0].kind == CATEGORY
    assert decided(["1", "2", "3", "?", "?", "?"] * 4)[0].kind == NUMBER  # the others say nothing


@pytest.mark.parametrize("cells", [["1,234", "12,570", "7"] * 5])
def test_thousands_or_decimals(cells):
    with pytest.raises(Unclear, match="'1,234', which may mean 1234 or 1.234. Say .*--decimal"):
        decided(cells)
    assert decided(cells, decimal=".")[1][0] == 1234.0
    assert decided(cells, decimal=",")[1][0] == 1.234


@pytest.mark.parametrize("cells", [["-999", "3", "4.5", "3"], np.array([-999.0, 3.0, 4.5, 3.0])])
def test_numbers_that_stand_for_no_value(cells):
    column, values = decided(cells, missing=("-999",))
    assert np.array_equal(values, [np.nan, 3.0, 4.5, 3.0], equal_nan=True)
    assert np.isnan(read(column, cells, Options(missing=("-999",)))[0][0])


@pytest.mark.parametrize(
    ("name", "cells", "reason"),
    [
        ("Unnamed: 0", NUMBERS, "an index"),
        ("Unnamed: 0.1", NUMBERS, "an index"),
        ("__index_level_0__", np.arange(3.0), "an index"),
        ("a", [""] * 5, "no values"),
        ("a", ["NA", "", "null"], "no values"),
        ("a", np.full(4, np.nan), "no values"),
        ("a", ["7"] * 5, "constant"),
        ("a", ["x"] * 5, "constant"),
        ("a", ["7", "", "7"], "constant"),
        ("a", [f"u{i}" for i in range(10)], "all different"),
        ("a", [f"u{i}" for i in range(10)] + [""], "all different"),
        ("a", [str(i) for i in range(10)], "row numbers"),
        ("a", np.arange(30.0)[::-1], "row numbers"),
        ("a", np.random.default_rng(0).permutation(100) + 1000.0, "row numbers"),
        ("a", np.random.default_rng(0).choice(1000, 200, replace=False).astype(float), "row numbers"),
        ("a", np.cumsum(np.random.default_rng(0).integers(1, 5, 20)).astype(float), "row numbers"),
        ("a", np.linspace(0.0, 1.0, 50), "row numbers"),
    ],
)
def test_columns_that_are_no_features(name, cells, reason):
    column, values = decided(cells, name)
    assert (column.kind, column.notes, values) == (LEFT_OUT, (reason,), None)
    kept, values = decided(cells, name, keep=(name,))
    assert kept.kind != LEFT_OUT and len(values) == len(cells)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(1000.0),
        np.arange(1000) * 7.0 + 3.0,
        np.arange(1000) * 0.02,
        np.arange(1000) / 1000.0,
        np.arange(1000) + 0.5,
        np.concatenate([np.arange(500), np.arange(500) + 1e6]),
        np.concatenate([202100000.0 + np.arange(500), 202200000.0 + np.arange(500)]),
        43831.0 + np.arange(1000) * 0.25,
    ],
)
def test_row_numbers_of_a_random_part_of_the_rows(values):
    part = np.random.default_rng(0).choice(values, 200, replace=False)
    assert decided(part)[0].notes == ("row numbers",)
    assert decided([str(value) for value in part])[0].notes == ("row numbers",)
    assert decided(np.append(part, part[:2]))[0].notes == ("row numbers",)  # some rows twice


@pytest.mark.parametrize(
    "name",
    ["id", "ID", "customer_id", "index", "row number", "Patient ID", "CustomerId", "customerID", "StudentID"]
    + ["passengerid", "row_index"],
)
def test_identifiers_by_their_name(name):
    values = np.random.default_rng(0).integers(10**6, 10**7, 60).astype(float)
    assert decided(np.append(values, values[:20]), name)[0].notes == ("an identifier, by its name",)
    assert decided(values % 7, name)[0].kind == NUMBER  # a few devices, for instance
    assert decided(values + 0.5, name)[0].kind == NUMBER
    for other in ("income", "air_quality_index", "heat index", "paid", "acid", "humidity", "Covid"):
        assert decided(values, other)[0].kind == NUMBER


@pytest.mark.parametrize(
    "cells",
    [
        NUMBERS,  # measurements seldom repeat
        [f"u{i}" for i in range(9)],  # too few to tell
        ["1", "2", "3"],
        [f"u{i // 2}" for i in range(20)],
        ["x", "", "x", "x"],  # the gap may say something
        np.random.default_rng(0).choice(10**6, 50, replace=False).astype(float),
        np.sort(np.random.default_rng(0).choice(10**5, 50, replace=False)).astype(float),  # sorted by income
        np.random.default_rng(0).integers(0, 50, 100).astype(float),
    ],
)
def test_columns_that_are_features(cells):
    assert decided(cells)[0].kind != LEFT_OUT


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2020-01-01", "2020-01-01 00:00:00"),
        ("2020-01-01 12:30:00.500000", "2020-01-01 12:30:00.5"),
        ("2020-01-01 00:00:00+00:00", "2020-01-01 00:00:00.000+00:00"),
        ("2020-01-01T12:30:00", "2020-01-01 12:30:00"),
        ("4 days", "4 days 00:00:00"),
        ("-1 days +12:00:00", "-1 days +12:00:00.000000"),
        ("12:00:00", "12:00:00.000000"),
        ("12:00:00.5", "12:00:00.500000000"),
    ],
)
def test_one_date_written_twice(one, other):
    column, values = decided([one, other, "x", "x"])
    assert values[0] == values[1] and column.kind == CATEGORY


def test_dates_that_differ():
    cells = [
        "2020-01-01 00:00:30",
        "2020-01-01 00:00:30.505",
        "2020-01-01 00:00:30.55",
        "2020-01-01",
        "2020-01-01 00:30",
    ]
    assert len(set(decided(cells)[1])) == 5


def test_one_odd_cell_does_not_decide_for_all_others():
    cells = [f"{value:.3f}" for value in np.random.default_rng(0).uniform(1.0, 99.0, 59)]
    for odd in ("5,5", "-999,0"):
        with pytest.raises(Unclear, match="which may mean"):
            decided([*cells, odd])
    assert decided([*cells, "5"])[0].notes[0].endswith("read with a decimal point (--decimal ,)")
    assert decided([*cells, "5"], decimal=".")[0].notes == ()
    assert decided(["1.234", "8.506", "950"] * 5, decimal=",")[1][:3].tolist() == [1234.0, 8506.0, 950.0]
    assert decided(["1.5", "2.25", "950"] * 5, decimal=",")[1][:3].tolist() == [1.5, 2.25, 950.0]


@pytest.mark.parametrize("cells", [["-999.0", "3", "4.5"], ["-999", "3", "4.5"], np.array([-999.0, 3.0, 4.5])])
@pytest.mark.parametrize("word", ["-999", "-999.0"])
def test_missing_numbers_are_compared_as_numbers(cells, word):
    assert np.isnan(decided(cells, missing=(word,))[1]).tolist() == [True, False, False]


def test_categories_that_are_the_same_number():
    column, _ = decided(["1.0", "2.0", ""] * 4, category=("a",))
    values, notes = read(column, ["1", "2.00", "3", ""], Options())
    assert values.tolist() == ["1.0", "2.0", "3", "(missing)"]
    assert notes == ["1 row with categories that the training table lacks, such as '3'"]
    assert read(column, np.array([1.0, 2.0]), Options())[0].tolist() == ["1.0", "2.0"]
    column, _ = decided(["1.0", "1", "x"] * 4)
    assert read(column, ["1.00"], Options())[0].tolist() == ["1.00"]  # either


def test_what_is_said_of_the_other_table():
    column, _ = decided(["red", "blue"] * 5)
    assert read(column, ["0", "1"], Options())[1] == [
        "all rows with categories that the training table lacks, such as '0'"
    ]
    column, _ = decided(NUMBERS)
    assert read(column, ["02134", "5"], Options())[1] == ["'02134' read as numbers, as in the training table"]


def test_columns_with_some_numbers():
    column, _ = decided(["<0.5"] * 20 + NUMBERS[:40])
    assert column.kind == CATEGORY and column.notes == ("67% of the cells are numbers, but not '<0.5'",)


def test_long_cells_take_no_time():
    assert decided(["(" + " " * 10**5 + "x", "1" + " " * 10**5 + "x", "y"] * 4)[0].kind == CATEGORY


@pytest.mark.parametrize("n", [12, 20, 40, 100, 2000])
def test_features_of_common_tables(n):
    rng = np.random.default_rng(n)
    columns = {
        "age": rng.integers(18, 90, n),
        "height": rng.integers(150, 200, n),
        "income": rng.integers(20000, 90000, n),
        "glucose": rng.normal(120, 30, n).round(),
        "temperature": rng.normal(20, 5, n).round(1),
        "year": rng.integers(1950, 2020, n),
        "flag": rng.integers(0, 2, n),
        "answer": rng.choice([1, 2, 3, 4, 5, 99], n),
        "share": (rng.random(n) * 100).round(1),
        "salary": rng.normal(50000, 9000, n).round(-2),
    }
    for name, values in columns.items():
        assert decided(values.astype(float), name)[0] == Column(name, NUMBER), name


@pytest.mark.parametrize("word", ["inf", "-inf", "Infinity"])
def test_infinite_cells_are_numbers_in_every_file(word):
    """They are refused once the column is known to be a feature, as floats of Parquet are."""
    column, values = decided([word, *NUMBERS, word, word])
    assert column == Column("a", NUMBER) and values[0] == float(word) and np.isfinite(values[1:-2]).all()
    column, _ = decided(NUMBERS)
    assert read(column, ["1", word], Options())[0].tolist() == [1.0, float(word)]


def test_padded_decimals_are_no_codes():
    values = np.random.default_rng(0).uniform(1.0, 20.0, 60).round(2)
    assert np.array_equal(decided([f"{value:05.2f}" for value in values])[1], values)
    assert decided([f"{value:05.2f}%" for value in values])[0].kind == NUMBER


def test_shares_against_plain_numbers():
    column, _ = decided([f"{cell}%" for cell in NUMBERS])
    for cells in (["45.0"], np.array([45.0])):
        with pytest.raises(Unclear, match="in %"):
            read(column, cells, Options())

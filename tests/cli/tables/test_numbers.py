import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skcert.cli.tables._numbers import Style, has_codes, number, plain_numbers, possible_styles


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_as_python_writes_them(values):
    cells = [repr(value) for value in values]
    assert np.array_equal(plain_numbers(cells), values)
    assert [number(cell, Style(".")) for cell in cells] == values


@pytest.mark.parametrize(
    ("cells", "style", "values"),
    [
        (["3,5", "-12", "0,125"], Style(","), [3.5, -12.0, 0.125]),
        (["1,234.5", "12", "-3,000,000"], Style(".", ","), [1234.5, 12.0, -3e6]),
        (["1.234,5", "12", "1.000.000"], Style(",", "."), [1234.5, 12.0, 1e6]),
        (["1 234,5", "1\u202f000\u00a0000"], Style(",", " '\u2019"), [1234.5, 1e6]),
        (["1'234.5", "1'000'000"], Style(".", " '\u2019"), [1234.5, 1e6]),
        (["5%", "12.5 %", "-3%"], Style(".", None, "%"), [0.05, 0.125, -0.03]),
        (["$1,234.50", "-$3", "$-3", "12"], Style(".", ",", "$"), [1234.5, -3.0, -3.0, 12.0]),
        (["3,50 \u20ac", "12 \u20ac"], Style(",", None, "\u20ac"), [3.5, 12.0]),
        (["USD 12.5", "USD 13"], Style(".", None, "USD"), [12.5, 13.0]),
        (["(12.5)", "\u22123", "+4", ".5", "2."], Style("."), [-12.5, -3.0, 4.0, 0.5, 2.0]),
        (["1e5", "2,5E-3"], Style(","), [1e5, 0.0025]),
        (["\u20b91,00,000.5", "\u20b91,000.5"], Style(".", ",", "\u20b9"), [None, 1000.5]),
    ],
)
def test_styles(cells, style, values):
    found, parsed = possible_styles(cells)
    assert found == [style]
    assert [number(cell, style) for cell in cells] == values
    assert parsed == [value is not None for value in values]


@pytest.mark.parametrize("cells", [["1,234"], ["12,570", "-1,000", "7"]])
def test_thousands_or_decimals(cells):
    assert possible_styles(cells)[0] == [Style(".", ","), Style(",")]
    assert possible_styles(cells, ".")[0] == [Style(".", ",")]
    assert possible_styles(cells, ",")[0] == [Style(",")]


def test_a_known_mark_and_columns_without_it():
    assert possible_styles(["1.234", "5.000"], ",")[0] == [Style(",", ".")]  # thousands
    assert possible_styles(["1.5", "2.25"], ",")[0] == [Style(".")]  # nothing else fits
    assert possible_styles(["1,5"], ".") == ([], [False])


@pytest.mark.parametrize(
    "cell",
    ["", "a", "1O5", "12 kg", "<5", "2020-01-01", "12:30", "1.2.3", "1/2", "1_000", "nan", "0x1F", "--1", "+-1"]
    + ["5%%", "$5$", "(5", "5)", "1 2", "\uff11\uff12", "1e", "e5", ".", ",", "$", "%"],
)
def test_no_numbers(cell):
    for style in (
        Style("."),
        Style(","),
        Style(".", ","),
        Style(",", "."),
        Style(".", None, "%"),
        Style(".", None, "$"),
    ):
        assert number(cell, style) is None
    assert cell == "" or plain_numbers([cell, "1"]) is None


@pytest.mark.parametrize("cell", ["01", "-007", "00", "1234567890123456"])
def test_codes(cell):
    assert has_codes(["5", cell]) and plain_numbers(["5", cell]) is None


@pytest.mark.parametrize("cell", ["0", "0.5", "10", "123456789012345", "1234567890123456.0", "0e5", "00.5", "08.25"])
def test_no_codes(cell):
    assert not has_codes([cell]) and plain_numbers([cell]) == [float(cell)]

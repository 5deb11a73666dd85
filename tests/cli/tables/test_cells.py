"""Cells of files: encodings, ragged rows, quotes, types of Parquet, indices of pandas."""

import datetime
import decimal
import os
import sys

import numpy as np
import pytest

from skcert.cli.tables._cells import read_cells

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def of_csv(folder, content, **options):
    (folder / "t.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cells(folder / "t.csv", **options)


def of_parquet(folder, **columns):
    pq.write_table(pa.table(columns), folder / "t.parquet")
    return read_cells(folder / "t.parquet").columns


def test_text_as_it_is(tmp_path):
    assert of_csv(tmp_path, 'a,b\n01,"q,""\n"\n\n1_0\n').columns == {"a": ["01", "1_0"], "b": ['q,"\n', ""]}
    assert list(of_csv(tmp_path, "\ufeffa,b\n1,2\n").columns) == ["a", "b"]  # a byte order mark


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, line_end):
    assert of_csv(tmp_path, line_end.join(["a,b", "1,2", "3"])).columns == {"a": ["1", "3"], "b": ["2", ""]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a\n1,2\n", "rows longer than its header, such as row 0, counted from 0, with 2 cells instead of 1"),
        (b"\x93NUMPY\x01\x00v\x00", "neither CSV nor Parquet, but binary"),
        (b'a,b\n"1,2\n', "cannot be read as CSV: unexpected end of data"),
        (b'a,b\n"1"x,2\n', "cannot be read as CSV: ',' expected"),
        (b"a,a\n1,2\n", "names column 'a' 2 times"),
        ("a\n\u00e9".encode("latin-1"), "in UTF-8: .*--encoding cp1252"),
        ("a\n\u00e9".encode("utf-16"), "in UTF-8: .*--encoding utf-16"),
    ],
)
def test_no_csv(tmp_path, content, message):
    with pytest.raises(ValueError, match=rf"t\.csv .*{message}"):
        of_csv(tmp_path, content)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8", "shift_jis"])
def test_encodings(tmp_path, encoding):
    word = "\u8a66\u9a13" if encoding == "shift_jis" else "\u00e9t\u00e9"
    assert of_csv(tmp_path, f"a\n{word}".encode(encoding), encoding=encoding).columns == {"a": [word]}


def test_an_encoding_that_does_not_exist(tmp_path):
    with pytest.raises(ValueError, match="--encoding utf-9 is not known"):
        of_csv(tmp_path, b"a\n1\n", encoding="utf-9")


def test_types_of_parquet(tmp_path):
    noon = datetime.datetime(2024, 1, 1, 12)
    columns = of_parquet(
        tmp_path,
        small=pa.array([1, None], pa.int8()),
        large=pa.array([2**60, None], pa.int64()),
        single=pa.array([0.1, None], pa.float32()),
        double=pa.array([0.1, None], pa.float64()),
        price=pa.array([decimal.Decimal("0.10"), None]),
        truth=pa.array([True, None]),
        day=pa.array([noon.date(), None]),
        time=pa.array([noon, None]),
        words=pa.array(["01", None]).dictionary_encode(),
        coded=pa.array([7, None]).dictionary_encode(),
        nothing=pa.nulls(2),
    )
    for name, value in (("small", 1.0), ("single", 0.1), ("double", 0.1), ("price", 0.1), ("coded", 7.0)):
        assert np.array_equal(columns[name], [value, np.nan], equal_nan=True), name
    assert columns["large"] == [str(2**60), ""] and columns["truth"] == ["True", ""]
    assert columns["day"] == ["2024-01-01", ""] and columns["time"] == ["2024-01-01 12:00:00", ""]
    assert columns["words"] == ["01", ""] and columns["nothing"] == ["", ""]


@pytest.mark.parametrize("values", [[b"x"], [[1.0]], [{"a": 1}]])
def test_cells_of_parquet_that_are_no_values(tmp_path, values):
    with pytest.raises(ValueError, match="Column 'a' of .* must hold numbers, text or dates"):
        of_parquet(tmp_path, a=values)


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (None, ()),
        (pd.RangeIndex(2, name="case"), ("case",)),
        (pd.RangeIndex(40, 42), ("__index_level_0__",)),
        (pd.Index(["u", "v"]), ("__index_level_0__",)),
        (pd.Index([3, 5], name="person"), ("person",)),
        (pd.MultiIndex.from_tuples([("u", 1), ("v", 2)], names=["s", "t"]), ("s", "t")),
    ],
)
def test_indices_of_pandas(tmp_path, index, names):
    pd.DataFrame({"a": [1.0, 2.0]}, index=index).to_parquet(tmp_path / "t.parquet")
    cells = read_cells(tmp_path / "t.parquet")
    assert cells.index_names == names and set(cells.columns) == {"a", *names}


def test_metadata_that_are_not_pandas(tmp_path):
    for content in (b"no json", b"[]", b'{"index_columns": [{"kind": "range"}, "gone"]}'):
        pq.write_table(pa.table({"a": [1.0]}).replace_schema_metadata({b"pandas": content}), tmp_path / "t.parquet")
        assert read_cells(tmp_path / "t.parquet").index_names == ()


def test_rows_that_say_little(tmp_path):
    cells = of_csv(tmp_path, "a,b\n1,2\n3\n\n,\n")
    assert cells.columns == {"a": ["1", "3", ""], "b": ["2", "", ""]}
    assert cells.notes == (
        "1 row is shorter than the header (first: row 1, counted from 0); cells at the end are missing",
        "1 row has no value at all",
    )
    assert of_csv(tmp_path, "a,b\n1,2\n\n3,4\n").notes == ()
    assert of_csv(tmp_path, "a\n1.5\n\n3.0\n\n\n").columns == {"a": ["1.5", "", "3.0"]}  # its only cell is missing


@pytest.mark.parametrize("separator", [";", ",", "|"])
def test_a_separator_that_the_file_states(tmp_path, separator):
    content = f"sep={separator}\r\na{separator}b\r\n1{separator}2\r\n"
    assert of_csv(tmp_path, content).columns == {"a": ["1"], "b": ["2"]}
    assert of_csv(tmp_path, ("\ufeff" + content), encoding="utf-8").columns == {"a": ["1"], "b": ["2"]}


def test_columns_of_parquet_that_cannot_be_converted(tmp_path):
    no_text = pa.array([b"\xff\xfe", b"a"], pa.binary()).view(pa.string())
    with pytest.raises(ValueError, match=r"Column 'a' of .*t\.parquet cannot be read as string"):
        of_parquet(tmp_path, a=no_text)
    time = pa.array([1, None], pa.time64("ns"))
    assert of_parquet(tmp_path, a=time)["a"] == ["00:00:00.000000001", ""]


def test_whole_decimals_are_whole_numbers(tmp_path):
    numbers = [decimal.Decimal(10**15 + 1), decimal.Decimal(5), None]
    assert of_parquet(tmp_path, a=pa.array(numbers, pa.decimal128(38, 0)))["a"] == ["1000000000000001", "5", ""]
    small = of_parquet(tmp_path, a=pa.array(numbers[1:], pa.decimal128(38, 0)))["a"]
    assert np.array_equal(small, [5.0, np.nan], equal_nan=True)


def test_a_range_names_the_rows(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0]}, index=pd.RangeIndex(40, 44, 2, name="case"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_cells(tmp_path / "t.parquet").columns["case"].tolist() == [40.0, 42.0]


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_file_names_that_are_no_text(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.csv")
    with open(path, "wb") as file:
        file.write(b"a\n1\n")
    assert read_cells(os.fsdecode(path)).path.endswith("caf\ufffd.csv")

"""Results in files, and back: equal to the bit, or refused."""

import json
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skcert import UNBOUNDED, AttackResult, CertificationResult
from skcert.inspection import LabelAudit
from skcert.model_selection import SearchCertificationResult
from tests.results.strategies import ORDERED, attacks, audits, certificates, objects, same

pd = pytest.importorskip("pandas")
pq = pytest.importorskip("pyarrow.parquet")

every_file = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@every_file
@given(result=certificates() | attacks() | audits())
def test_json(result, tmp_path):
    result.to_json(tmp_path / "result.json")
    back = type(result).from_json(tmp_path / "result.json")
    assert same(back, result)
    assert not any(getattr(back, name).flags.writeable for name in ("prediction", "suspicion") if hasattr(back, name))


@every_file
@given(result=certificates() | audits())
def test_parquet(result, tmp_path):
    result.to_parquet(tmp_path / "result.parquet")
    assert same(type(result).from_parquet(str(tmp_path / "result.parquet")), result)


@every_file
@given(result=certificates(kinds=("text", "<i8", "text in objects")) | audits(kinds=("text",)))
def test_pickle(result):
    assert same(pickle.loads(pickle.dumps(result)), result)


@pytest.fixture
def result():
    return CertificationResult(
        prediction=np.array(["cat", "dög", "cat"]),
        radius=np.array([0, 3, UNBOUNDED]),
        flips_to_class=np.array([[0, 1], [4, 0], [0, UNBOUNDED]]),
        radius_upper=np.array([0, 5, UNBOUNDED]),
        classes=np.array(["cat", "dög"]),
        certificate="white-box",
        n_train=10,
        caveats=("Beware.",),
        index=pd.Index([4, 7, 9], name="patient"),
    )


def test_other_programs_read_the_table(result, tmp_path):
    result.to_parquet(tmp_path / "result.parquet")
    frame = pd.read_parquet(tmp_path / "result.parquet").set_index("patient")
    expected = result.to_frame().drop(columns="certain")
    pd.testing.assert_frame_equal(frame, expected, check_index_type=False)
    replace(result, threat="rows").to_parquet(tmp_path / "rows.parquet")
    assert "radius_in_rows" in pd.read_parquet(tmp_path / "rows.parquet")


def test_columns_of_the_table_have_names_of_their_own(result, tmp_path):
    named = replace(result, classes=objects([1, "1"]), prediction=objects([1, "1", 1]))
    named = replace(named, index=pd.Index([1, 2, 3], name="prediction"))
    named.to_parquet(tmp_path / "result.parquet")
    names = ["prediction", "prediction_", "radius", "radius_upper", "flips_to_1", "flips_to_1_"]
    assert list(pd.read_parquet(tmp_path / "result.parquet")) == names
    assert same(CertificationResult.from_parquet(tmp_path / "result.parquet"), named)


def test_a_subclass_comes_back_as_what_it_was(result, tmp_path):
    values = {field.name: getattr(result, field.name) for field in fields(result)}
    search = SearchCertificationResult(
        **values, limited_by=np.array(["radius"] * 3), limiting_candidate=np.array([0, 1, 0])
    )
    search.to_json(tmp_path / "a")
    search.to_parquet(tmp_path / "b")
    assert same(CertificationResult.from_json(tmp_path / "a"), search)
    assert same(CertificationResult.from_parquet(tmp_path / "b"), search)
    result.to_json(tmp_path / "a")
    for kind in (SearchCertificationResult, AttackResult, LabelAudit):
        with pytest.raises(ValueError, match=f"holds no {kind.__name__} .*: it holds a CertificationResult"):
            kind.from_json(tmp_path / "a")


def test_a_file_says_its_version_and_a_later_one_is_refused(result, tmp_path):
    path = tmp_path / "result.json"
    result.to_json(path)
    document = json.loads(path.read_text())
    assert document["format"] == "skcert result" and document["version"] == 1
    path.write_text(json.dumps(document | {"version": 2}))
    with pytest.raises(ValueError, match=r"has version 2, and this skcert reads up to 1"):
        CertificationResult.from_json(path)


HOSTILE = {
    "empty": lambda d: "",
    "no json": lambda d: "{",
    "a number": lambda d: "1",
    "another format": lambda d: d | {"format": "x"},
    "no version": lambda d: {key: value for key, value in d.items() if key != "version"},
    "a version that is none": lambda d: d | {"version": True},
    "no kind": lambda d: d | {"kind": ["CertificationResult"]},
    "no fields": lambda d: d | {"fields": None},
    "a field less": lambda d: d | {"fields": {k: v for k, v in d["fields"].items() if k != "radius"}},
    "a field more": lambda d: d | {"fields": d["fields"] | {"__class__": 1}},
    "deep": lambda d: "[" * 100_000 + "]" * 100_000,
}
HOSTILE_FIELDS = {
    "one row less": {"radius": {"dtype": "<i8", "shape": [2], "values": [0, 1]}},
    "floats as counts": {"radius": {"dtype": "<f8", "shape": [3], "values": [0.0, 1.0, 2.0]}},
    "floats among counts": {"radius": {"dtype": "<i8", "shape": [3], "values": [0, 1.5, 2]}},
    "too large": {"radius": {"dtype": "<i8", "shape": [3], "values": [0, 2**63, 2]}},
    "small type": {"radius": {"dtype": "|i1", "shape": [3], "values": [0, 300, 2]}},
    "text as counts": {"radius": {"dtype": "<i8", "shape": [3], "values": ["0", "1", "2"]}},
    "fewer values": {"radius": {"dtype": "<i8", "shape": [3], "values": [0, 1]}},
    "a shape that is none": {"radius": {"dtype": "<i8", "shape": [-3], "values": [0, 1, 2]}},
    "no shape": {"radius": {"dtype": "<i8", "values": [0, 1, 2]}},
    "a list": {"radius": [0, 1, 2]},
    "records": {"prediction": {"dtype": "V8", "shape": [3], "values": [0, 1, 2]}},
    "a dtype of code": {"prediction": {"dtype": "O,__import__('os')", "shape": [3], "values": [0, 1, 2]}},
    "longer text": {"prediction": {"dtype": "<U2", "shape": [3], "values": ["cat", "dog", "cat"]}},
    "objects": {"prediction": {"dtype": "|O", "shape": [3], "values": [{"code": 1}, 1, 2]}},
    "another threat": {"threat": "none"},
    "a threat that is none": {"threat": ["rows"]},
    "a number of rows": {"n_train": "10"},
    "one caveat": {"caveats": "Beware."},
    "caveats of numbers": {"caveats": [1]},
    "a certificate of nothing": {"certificate": None},
    "an index of two": {"index": {"names": [None], "levels": [{"range": [0, 2, 1]}]}},
    "an endless index": {"index": {"names": [None], "levels": [{"range": [0, 10**30, 1]}]}},
    "an index without levels": {"index": {"names": [], "levels": []}},
    "an index of two names": {"index": {"names": ["a", "b"], "levels": [{"range": [0, 3, 1]}]}},
    "an index of no type": {"index": {"names": ["a"], "levels": [{"dtype": "x", "labels": {}}]}},
    "an index of text": {"index": "rows"},
}


@pytest.mark.parametrize("case", [*HOSTILE, *HOSTILE_FIELDS])
def test_a_file_that_holds_no_result_is_refused(result, tmp_path, case):
    path = tmp_path / "result.json"
    result.to_json(path)
    document = json.loads(path.read_text())
    if case in HOSTILE_FIELDS:
        changed = document | {"fields": document["fields"] | HOSTILE_FIELDS[case]}
    else:
        changed = HOSTILE[case](document)
    path.write_text(changed if isinstance(changed, str) else json.dumps(changed))
    with pytest.raises(ValueError, match="result.json holds no CertificationResult that can be read"):
        CertificationResult.from_json(path)
    if isinstance(changed, dict):  # the same in the metadata of a Parquet file
        pa = pytest.importorskip("pyarrow")
        table = pa.table({"radius": [0, 1, 2]}).replace_schema_metadata({"skcert": json.dumps(changed)})
        pq.write_table(table, path)
        with pytest.raises(ValueError, match="result.json holds no CertificationResult that can be read"):
            CertificationResult.from_parquet(path)


COLUMNS = [
    {"dtype": "<i8", "first_column": 9, "n_columns": None, "as_json": False},
    {"dtype": "<i8", "first_column": 0, "n_columns": None, "as_json": False},
    {"dtype": "<i8", "first_column": 0, "n_columns": None, "as_json": True},
    {"dtype": "<U3", "first_column": 1, "n_columns": None, "as_json": False},
    {"dtype": "V3", "first_column": 1, "n_columns": None, "as_json": False},
    {"dtype": "<i8", "first_column": "1", "n_columns": None, "as_json": False},
    {"dtype": "<i8", "first_column": 1, "n_columns": 10**9, "as_json": False},
    {"first_column": 1},
]


@pytest.mark.parametrize("column", COLUMNS, ids=range(len(COLUMNS)))
def test_columns_that_are_not_what_they_should_be(result, tmp_path, column):
    path = tmp_path / "result.parquet"
    result.to_parquet(path)
    table = pq.read_table(path)
    document = json.loads(table.schema.metadata[b"skcert"])
    document["fields"]["radius"] = column
    pq.write_table(table.replace_schema_metadata({"skcert": json.dumps(document)}).drop(["patient"]), path)
    with pytest.raises(ValueError, match="result.parquet holds no CertificationResult that can be read"):
        CertificationResult.from_parquet(path)


@every_file
@given(st.data())
def test_incomplete_files(tmp_path, data):
    """Whatever is cut off or overwritten, there is one kind of error, or the right result."""
    result = data.draw(certificates(ORDERED))
    for name in ("json", "parquet"):
        path = tmp_path / f"result.{name}"
        getattr(result, f"to_{name}")(path)
        content = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content = content[:place]
        else:
            content[place] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        try:
            back = getattr(CertificationResult, f"from_{name}")(path)
        except (ValueError, ImportError):
            continue
        back._check()


WRONG = {
    "no audit": {"suspicion": np.zeros((3, 1))},
    "a row that there is not": {"ranking": np.array([0, 3])},
    "a row twice": {"ranking": np.array([1, 1])},
    "half guarded": {"guard_ranking": np.array([0, 1])},
    "a longer index": {"index": pd.RangeIndex(4)},
    "a number of nothing": {"n_test": 3},
}


@pytest.mark.parametrize("case", WRONG)
def test_audits_that_are_none_are_not_written(case, tmp_path):
    audit = LabelAudit(
        ranking=np.array([2, 0]), suspicion=np.array([0.5, -np.inf, 1.0]), suggested=np.array([1, 1, 0])
    )
    with pytest.raises(ValueError):
        replace(audit, **WRONG[case]).to_json(tmp_path / "audit.json")
    with pytest.raises(ValueError):
        replace(audit, **WRONG[case]).to_parquet(tmp_path / "audit.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([(1, 2), "a", None], dtype=object, tupleize_cols=False),
        pd.IntervalIndex.from_breaks([0, 1, 2, 3]),
        pd.Index([1, 2, 3], name=("a", "b")),
    ],
    ids=["tuples", "intervals", "name"],
)
def test_what_no_file_can_hold_is_refused_ahead(result, index, tmp_path):
    for method in ("to_json", "to_parquet"):
        with pytest.raises(TypeError, match="cannot be written"):
            getattr(replace(result, index=index), method)(tmp_path / "result")
    for labels in (objects([object(), 1]), np.array([1j, 2j]), np.zeros(2, dtype="i8,i8")):
        with pytest.raises(TypeError, match="cannot be written"):
            replace(result, classes=labels).to_json(tmp_path / "result")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_not_there(tmp_path):
    for read in (CertificationResult.from_json, CertificationResult.from_parquet):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "nothing")


def test_without_the_libraries(result, tmp_path, monkeypatch):
    plain = replace(result, index=None)
    result.to_json(tmp_path / "framed")
    modules = __import__("sys").modules
    for name in ("pandas", "pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(modules, name, None)
    plain.to_json(tmp_path / "plain")
    assert same(CertificationResult.from_json(tmp_path / "plain"), plain)
    with pytest.raises(ImportError, match="index of a frame, which needs pandas"):
        CertificationResult.from_json(tmp_path / "framed")
    with pytest.raises(ImportError, match=r"to_parquet\(\) needs pyarrow: pip install 'skcert\[tables\]'"):
        plain.to_parquet(tmp_path / "x")
    with pytest.raises(ImportError, match=r"from_parquet\(\) needs pyarrow"):
        CertificationResult.from_parquet(tmp_path / "plain")


def test_pickles_of_earlier_versions_load(result):
    """They call the constructor with all fields that there were, by position."""
    early = [getattr(result, field.name) for field in fields(result) if field.name != "index"]
    assert same(CertificationResult(*early), replace(result, index=None))
    search = SearchCertificationResult(*early, np.array(["radius"] * 3), np.array([0, 1, 0]))
    assert search.limited_by[0] == "radius" and search.index is None
    assert LabelAudit(*range(7)).n_test == 6 and AttackResult(*range(6)).flips == 5

"""Results for property tests: of all kinds of labels, with and without the index of a frame."""

from dataclasses import fields, is_dataclass

import numpy as np
from hypothesis import strategies as st

from skcert import UNBOUNDED, AttackResult, CertificationResult
from skcert.inspection import LabelAudit
from skcert.model_selection import SearchCertificationResult

# numpy drops zeros at the end; half a character is no UTF-8
TEXT = st.text(max_size=6).map(lambda text: text.rstrip("\0")) | st.just("\ud800x")
CLASSES = {
    "letters": st.just(np.array(["a", "bb", "\u00e7"])),
    "text": st.lists(TEXT, min_size=2, max_size=4, unique=True).map(np.array),
    "bytes": st.lists(st.sampled_from([b"", b"a", b"\0\xff", b"bytes"]), min_size=2, max_size=4).map(np.array),
    "objects": st.lists(TEXT | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False), min_size=2).map(
        lambda labels: objects(labels)
    ),
    "text in objects": st.lists(TEXT, min_size=2, max_size=4).map(lambda labels: objects(labels)),
    "numpy in objects": st.builds(lambda: objects([np.int16(3), np.str_("a"), np.float32(0.1)])),
    "bool": st.just(np.array([False, True])),
    **{
        dtype: st.lists(st.integers(0, 127), min_size=2, max_size=4).map(lambda labels, of=dtype: np.array(labels, of))
        for dtype in ("i1", "<i8", ">i4", "u8", "f2", "<f4", ">f8")
    },
    "days": st.just(np.array(["2020-01-01", "NaT", "1850-01-31"], "M8[D]")),
    "nanoseconds": st.just(np.array([3, 2**62, -7], "m8[ns]")),
}
ORDERED = tuple(kind for kind in CLASSES if kind not in ("objects", "numpy in objects"))  # as those of models are
COUNTS = st.integers(0, 50) | st.just(UNBOUNDED)


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def counts(draw, *shape):
    size = int(np.prod(shape))
    return np.array(draw(st.lists(COUNTS, min_size=size, max_size=size)), dtype=np.int64).reshape(shape)


@st.composite
def indices(draw, n_rows):
    """An index that frames have, or None."""
    import pandas as pd

    numbers = draw(st.lists(st.integers(-9, 9), min_size=n_rows, max_size=n_rows))
    text = [f"row {number}" for number in numbers]
    days = pd.to_datetime(np.array(numbers, "M8[D]").astype("M8[ns]"))
    return draw(
        st.sampled_from(
            [
                None,
                pd.RangeIndex(3, 3 + 2 * n_rows, 2, name="row"),
                pd.Index(numbers, dtype="int64", name=5),
                pd.Index(numbers, dtype="float32"),
                pd.Index(text, name="patient"),
                pd.Index(text, dtype=object),
                pd.Index(text, dtype="string"),
                pd.Index([number if number % 2 else str(number) for number in numbers], dtype=object),
                pd.DatetimeIndex(days),
                pd.DatetimeIndex(days).tz_localize("Europe/Berlin"),
                pd.MultiIndex.from_arrays([text, numbers, days], names=["a", None, "a"]),
            ]
        )
    )


@st.composite
def certificates(draw, kinds=tuple(CLASSES)):
    n, classes = draw(st.integers(0, 6)), draw(CLASSES[draw(st.sampled_from(kinds))])
    predicted = draw(st.lists(st.integers(0, len(classes) - 1), min_size=n, max_size=n))
    fields = {
        "prediction": classes[np.array(predicted, dtype=int)],
        "radius": counts(draw, n),
        "flips_to_class": counts(draw, n, len(classes)),
        "radius_upper": counts(draw, n),
        "classes": classes,
        "certificate": draw(st.sampled_from(["label-linear", "black-box"])),
        "n_train": draw(st.integers(1, 10**6)),
        "caveats": tuple(draw(st.lists(TEXT, max_size=2))),
        "threat": draw(st.sampled_from(["labels", "rows"])),
        "index": draw(indices(n)),
    }
    if draw(st.booleans()):
        return CertificationResult(**fields)
    limited_by = np.array(
        draw(st.lists(st.sampled_from(["radius", "selection"]), min_size=n, max_size=n)), dtype="U12"
    )
    return SearchCertificationResult(**fields, limited_by=limited_by, limiting_candidate=counts(draw, n))


@st.composite
def attacks(draw, kinds=tuple(CLASSES)):
    result = draw(certificates(kinds))
    n = len(result)
    rows = tuple(np.arange(draw(st.integers(0, 3))) for _ in range(n))
    labels = tuple(result.classes[np.zeros_like(of)] for of in rows)
    flips = counts(draw, n)
    return AttackResult(result.prediction, result.prediction, rows, labels, flips, flips, index=result.index)


@st.composite
def audits(draw, kinds=tuple(CLASSES)):
    result = draw(certificates(kinds))
    n = len(result)
    suspicion = np.array(draw(st.lists(st.floats(allow_nan=False), min_size=n, max_size=n)))
    listed = np.array(draw(st.lists(st.integers(0, n - 1), unique=True)) if n else [], dtype=np.int64)
    fields = {"ranking": listed, "suspicion": suspicion, "suggested": result.prediction, "index": result.index}
    if draw(st.booleans()):
        pressure = suspicion.astype(np.float64)
        fields |= {"guard_ranking": listed[::-1], "n_attacks": result.radius, "pressure": pressure, "n_test": 3}
    return LabelAudit(**fields)


def same(one, other):
    """Whether two results of one type have the same bits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, np.ndarray):
        equal = one.dtype == other.dtype and one.shape == other.shape
        return equal and (same(*map(tuple, (one, other))) if one.dtype == object else one.tobytes() == other.tobytes())
    if hasattr(one, "get_level_values"):
        return one.equals(other) and list(one.names) == list(other.names) and kinds(one) == kinds(other)
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return one == other


def kinds(index):
    return [type(index), *(index.get_level_values(level).dtype for level in range(index.nlevels))]

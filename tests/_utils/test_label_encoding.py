"""Labels to class indices: by value, never by luck."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skcert._utils._label_encoding import check_two_classes, class_indices, encode_labels, encode_targets

DTYPES = [np.int8, np.uint8, np.int64, np.uint64, np.float32, np.float64, bool, object]


@given(
    st.sampled_from(DTYPES),
    st.sampled_from(DTYPES[:-1]),
    st.lists(st.integers(-200, 300), max_size=8),
    st.sets(st.integers(-130, 260), min_size=1, max_size=6),
)
def test_equal_values_whatever_their_type(dtype, class_dtype, values, classes):
    with np.errstate(all="ignore"):
        labels = np.array(values, dtype=np.int64).astype(dtype)
        classes = np.unique(np.array(sorted(classes)).astype(class_dtype))
    indices = class_indices(labels, classes)
    for label, index in zip(labels.tolist(), indices):
        assert (classes.tolist()[index] == label) if index >= 0 else (label not in classes.tolist())


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        (1.7, [0, 1, 2]),
        (np.nan, [0, 1]),
        (np.inf, [0, 1]),
        (2.0**53, [2**53 + 1]),
        (2**53 + 1, [2.0**53]),
        (np.uint64(2**63), [-(2**63)]),
        (np.int8(-1), np.array([1, 255], dtype=np.uint8)),
        (300, np.array([1, 44], dtype=np.int8)),
        ("1", [0, 1]),
        (1, ["0", "1"]),
        (b"a", ["a"]),
        ("abcd", ["abc"]),
        (1 + 0j, [0, 1]),
        (None, ["a"]),
        (None, [0, 1]),
        ([1], [0, 1]),
    ],
)
def test_what_is_no_class(label, classes):
    labels = np.empty(1, dtype=object)
    labels[0] = label
    for given_as in [labels] if label is None or isinstance(label, list) else [labels, np.array([label])]:
        if given_as.dtype == object and isinstance(label, complex):
            continue  # Python compares 1 + 0j equal to 1
        assert class_indices(given_as, np.array(classes)).tolist() == [-1]


def test_objects_that_do_not_compare():
    labels = np.array(["b", None, "a", 3], dtype=object)
    assert class_indices(labels, np.array(["a", "b"])).tolist() == [1, -1, 0, -1]
    assert class_indices(np.array([1.0]), np.array([])).tolist() == [-1]


def test_text_and_numbers_are_not_mixed():
    with pytest.raises(ValueError, match="y holds numbers.* numbers against text are never equal"):
        encode_labels([0, 1, 1], classes=["0", "1"])
    with pytest.raises(ValueError, match="target holds text.* text against numbers are never equal"):
        encode_targets("1", np.array([0, 1]), 3)
    assert encode_targets(1.0, np.array([0, 1]), 3).tolist() == [1, 1, 1]


def test_one_class_is_encoded():
    classes, codes = encode_labels(["x", "x"])
    assert classes.tolist() == ["x"] and codes.tolist() == [0, 0]
    with pytest.raises(ValueError, match="only one class, 'x'.*`classes`"):
        check_two_classes(classes)


def test_messages_stay_short():
    with pytest.raises(ValueError, match=r"\[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... 99990 more\] lacks: \[-1\]"):
        encode_labels([-1, 0], classes=np.arange(100_000))

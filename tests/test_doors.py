"""Every public function of arrays refuses what it cannot answer for, and takes arrays however they lie in memory.

The cases come from tables: which arguments each function has, and what is wrong with each kind of argument.
"""

import inspect
from importlib import import_module

import numpy as np
import pytest

from skcert.certificates import (
    LARGEST_SUM,
    NO_VOTE,
    UNBOUNDED,
    certify_label_linear,
    certify_overlapping_votes,
    certify_run_off,
    certify_votes,
)

from .selection_cases import SELECTION, wrong_selection

_WEIGHTS = np.array([[0.5, -1.0, 2.0, 0.25], [1.5, 0.5, -0.25, 1.0], [1.0, 1.0, 1.0, -2.0]])
_LABELS = np.array([0, 1, 2, 0])
_TRUSTED = np.array([False, True, False, False])
_SCORE_WEIGHT = np.array([1.5, 1.0, 0.25])
_CANDIDATES = np.array([[True, False, True], [True, True, True], [False, True, True], [True, True, False]])
_VOTES = np.array([[0, 1, 0, NO_VOTE], [2, 2, 1, 0]])
_COSTS = np.where(_VOTES[:, :, None] == np.arange(3), 0, np.arange(24).reshape(2, 4, 3) % 5 + 1)
_SCORES = np.random.default_rng(1).normal(size=(2, 4, 3))
_POINTS = np.random.default_rng(0).normal(size=(3, 4))

_LABEL_LINEAR = {"weights": _WEIGHTS, "labels": _LABELS, "n_classes": 3}
_RULES = {"trusted": _TRUSTED, "score_weight": _SCORE_WEIGHT, "candidates": _CANDIDATES}
_BAGS = {"votes": _VOTES, "bags_of_bucket": np.array([[0, 1], [2, 3], [1, 2]]), "n_classes": 3}
VALID = {
    "black_box_costs": {"votes": _VOTES, "n_classes": 3},
    "certify_collective": _LABEL_LINEAR | _RULES | {"flips": 1},
    "certify_label_linear": _LABEL_LINEAR | _RULES,
    "certify_overlapping_votes": _BAGS | {"costs": _COSTS, "rows_in_bucket": np.array([4, 5, 6])},
    "certify_run_off": {"scores": _SCORES, "vote_costs": _COSTS, "preference_costs": _COSTS},
    "certify_votes": {"votes": _VOTES, "costs": _COSTS},
    "certify_votes_against_rows": _BAGS,
    "class_scores": _LABEL_LINEAR | {"score_weight": _SCORE_WEIGHT},
    "count_votes": {"votes": _VOTES, "n_classes": 3},
    "flips_to_select": {"labels": _LABELS, "n_classes": 3, "trusted": _TRUSTED, "candidates": _CANDIDATES} | SELECTION,
    "preference_flips": _LABEL_LINEAR | _RULES | {"preferred": np.array([2, 0, 1])},
    "smallest_attack": _LABEL_LINEAR | _RULES | {"weights": _WEIGHTS[0]},
    "targeted_attack": _LABEL_LINEAR | _RULES | {"weights": _WEIGHTS[0], "target": 1},
    "targeted_flips": _LABEL_LINEAR | _RULES,
    "convolutional_kernel": {"X": _POINTS, "Y": _POINTS[:2], "image_shape": (2, 2, 1)},
    "fully_connected_kernel": {"X": _POINTS, "Y": _POINTS[:2]},
}


def _with(value):
    """A change of the first entry of an array, in a type that holds the value."""

    def change(array):
        changed = array.astype(np.result_type(array.dtype, np.min_scalar_type(value)))
        changed.flat[0] = value
        return changed

    return change


_WRONG_TYPES = {
    "complex": lambda array: array + 0j,
    "text": lambda array: array.astype(str),
    "objects": lambda array: array.astype(object),
    "times": lambda array: array.astype("timedelta64[s]"),
    "masked": lambda array: np.ma.masked_array(array, np.zeros(array.shape, dtype=bool)),
    "ragged": lambda array: [1, [2, 3]],
    "other shape": lambda array: array[..., None],
    "scalar": lambda array: array.flat[0],
}
_NOT_WHOLE = {
    "NaN": _with(np.nan),
    "floats": lambda array: array.astype(float),
    "bool": lambda array: array.astype(bool),
    "beyond int64": lambda array: np.full(array.shape, 2**64 - 1, dtype=np.uint64),
    **_WRONG_TYPES,
}
_NOT_FINITE = {"NaN": _with(np.nan), "inf": _with(np.inf), "-inf": _with(-np.inf), **_WRONG_TYPES}
_NOT_A_NUMBER_OF_CLASSES = {
    str(value): lambda _, value=value: value for value in (1, 0, -2, 2.0, True, None, "3", 2**80)
}

# what is wrong with each argument; costs and rows beyond int64 are not, because they count as UNBOUNDED
WRONG = {
    "weights": {
        "sum overflows": lambda array: np.full(array.shape, 1e308),
        "sum too large": lambda array: np.full(array.shape, LARGEST_SUM / 2),
        "long doubles": lambda array: array.astype(np.longdouble),
        "whole numbers that doubles cannot hold": lambda array: np.full(array.shape, 2**53 + 1),
        "unsigned ones": lambda array: np.full(array.shape, 2**64 - 1, dtype=np.uint64),
        **_NOT_FINITE,
    },
    "labels": {"-1": _with(-1), "K": _with(3), "too few": lambda array: array[:-1], **_NOT_WHOLE},
    "trusted": {
        "whole numbers": lambda array: array.astype(int),
        "too few": lambda array: array[:-1],
        "masked": _WRONG_TYPES["masked"],
        "rows": lambda array: np.flatnonzero(array),
    },
    "score_weight": {
        **{str(value): lambda array, value=value: _with(value)(array) for value in (0.0, -1.0)},
        "too few": lambda array: array[:-1],
        "too large": lambda array: array * 2.0**1010,
        "bool": lambda array: array > 0,
        **_NOT_FINITE,
    },
    "candidates": {
        "whole numbers": lambda array: array.astype(int),
        "too few": lambda array: array[:-1],
        "of fewer classes": lambda array: array[:, :-1],
        "without the own label": lambda array: np.zeros_like(array),
        "masked": _WRONG_TYPES["masked"],
    },
    "votes": {"-2": _with(NO_VOTE - 1), "K": _with(3), **_NOT_WHOLE},
    "costs": {
        "negative": _with(-3),
        "inf": _with(np.inf),
        "other voters": lambda array: array[:, 1:],
        "one class": lambda array: array[:, :, :1],
        **{name: change for name, change in _NOT_WHOLE.items() if name != "beyond int64"},
    },
    "scores": {
        "one class": lambda array: array[:, :, :1],
        "long doubles": lambda array: array.astype(np.longdouble),
        "whole numbers that doubles cannot hold": lambda array: np.full(array.shape, 2**53 + 1),
        **_WRONG_TYPES,
    },
    "preferred": {"-1": _with(-1), "K": _with(3), "too few": lambda array: array[:-1], **_NOT_WHOLE},
    "bags_of_bucket": {"-1": _with(-1), "another bag": _with(4), "twice": _with(1), **_NOT_WHOLE},
    "rows_in_bucket": {
        "negative": _with(-1),
        "too few": lambda array: array[1:],
        **{name: change for name, change in _NOT_WHOLE.items() if name != "beyond int64"},
    },
    "n_classes": _NOT_A_NUMBER_OF_CLASSES,
    "target": {str(value): lambda _, value=value: value for value in (-1, 3, 1.0, True, None)},
    "flips": {str(value): lambda _, value=value: value for value in (-1, 1.5, True, None)},
    "X": {
        "overflow": lambda array: array * 1e200,
        "no features": lambda array: array[:, :0],
        **_NOT_FINITE,
    },
    "image_shape": {str(value): lambda _, value=value: value for value in ((2, 2), (2, 2, 2), 4)},
}
WRONG["vote_costs"] = WRONG["preference_costs"] = WRONG["costs"]
WRONG |= wrong_selection(_with, _NOT_WHOLE, _NOT_FINITE, _NOT_A_NUMBER_OF_CLASSES)
WRONG["Y"] = WRONG["X"] | {"other features": lambda array: array[:, 1:]}


def public_functions():
    for wing in ("skcert.certificates", "skcert.kernels"):
        module = import_module(wing)
        yield from (name for name in module.__all__ if inspect.isfunction(getattr(module, name)))


def _function(name):
    return getattr(import_module("skcert.kernels" if name.endswith("kernel") else "skcert.certificates"), name)


def _arrays(name):
    return [argument for argument, value in VALID[name].items() if isinstance(value, np.ndarray)]


def _parts(answer):
    """The arrays and numbers of a result."""
    if hasattr(answer, "__dataclass_fields__"):
        return [getattr(answer, field) for field in answer.__dataclass_fields__]
    return list(answer) if isinstance(answer, tuple) else [answer]


def _assert_same(answer, expected):
    for part, other in zip(_parts(answer), _parts(expected), strict=True):
        assert np.array_equal(part, other)


def test_every_public_function_has_cases():
    """A new function, or a new argument without a default or that takes arrays, needs a line in the tables above."""
    assert sorted(public_functions()) == sorted(VALID)
    for name, arguments in VALID.items():
        parameters = inspect.signature(_function(name)).parameters
        needed = {
            parameter.name
            for parameter in parameters.values()
            if parameter.default is parameter.empty or "Array" in str(parameter.annotation)
        }
        assert needed <= set(arguments)
        assert set(arguments) <= set(WRONG)
        _function(name)(**arguments)


@pytest.mark.parametrize(
    ("name", "argument", "what"),
    [(name, argument, what) for name, valid in VALID.items() for argument in valid for what in WRONG[argument]],
)
def test_wrong_arguments_are_named(name, argument, what):
    arguments = VALID[name] | {argument: WRONG[argument][what](VALID[name][argument])}
    # costs decide how many classes certify_votes sees
    named = "votes|costs" if (name, argument) == ("certify_votes", "costs") else argument
    with pytest.raises(ValueError, match=rf"\b({named})\b"):
        _function(name)(**arguments)


@pytest.mark.parametrize("name", list(VALID))
def test_answers_do_not_depend_on_how_arrays_lie_in_memory(name, tmp_path):
    function, arguments = _function(name), VALID[name]
    expected = function(**arguments)
    for argument in _arrays(name):
        array = arguments[argument]
        read_only = array.copy()
        mapped = np.lib.format.open_memmap(tmp_path / argument, "w+", array.dtype, array.shape)
        read_only.flags.writeable = False
        mapped[:] = array
        mapped.flush()
        strided = np.repeat(np.repeat(array, 2, axis=-1), 3, axis=0)[::3, ..., ::2] if array.ndim > 1 else None
        layouts = {
            "list": array.tolist(),
            "Fortran": np.asfortranarray(array),
            "strided": np.repeat(array, 2)[::2] if strided is None else strided,
            "backwards": array[::-1].copy()[::-1],
            "other byte order": array.astype(array.dtype.newbyteorder()),
            "read-only": read_only,
            "memory-mapped": np.load(tmp_path / argument, mmap_mode="r"),
        }
        for layout in layouts.values():
            _assert_same(function(**(arguments | {argument: layout})), expected)
        assert np.array_equal(read_only, array)


@pytest.mark.parametrize("name", [name for name, valid in VALID.items() if "weights" in valid or "X" in valid])
@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.bool_, np.float16])
def test_other_numbers_become_doubles(name, dtype):
    argument = "weights" if "weights" in VALID[name] else "X"
    numbers = (np.abs(VALID[name][argument]) > 0.6).astype(dtype)
    arguments = VALID[name] | ({} if argument == "weights" else {"Y": None})
    expected = _function(name)(**(arguments | {argument: numbers.astype(np.float64)}))
    _assert_same(_function(name)(**(arguments | {argument: numbers})), expected)


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_single_precision_stays(byte_order):
    kernels = [name for name in VALID if name.endswith("kernel")]
    for name in kernels:
        points = _POINTS.astype(np.float32).astype(byte_order + "f4")
        arguments = VALID[name] | {"X": points, "Y": points}
        assert _function(name)(**arguments).dtype == np.float32
        with pytest.raises(ValueError, match="X has a row whose squared length overflows float32"):
            _function(name)(**(arguments | {"X": points * np.float32(1e20)}))
    weights = _WEIGHTS.astype(byte_order + "f4")
    _assert_same(certify_label_linear(weights, _LABELS, 3), certify_label_linear(weights.astype(float), _LABELS, 3))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64])
def test_whole_numbers_of_any_type(dtype):
    """Costs of int8 were not comparable with `UNBOUNDED`."""
    unsigned = np.issubdtype(dtype, np.unsignedinteger)
    votes = np.maximum(_VOTES, 0) if unsigned else _VOTES
    costs = np.where(votes[:, :, None] == np.arange(3), 0, _COSTS + 1)
    expected = certify_votes(votes, costs)
    _assert_same(certify_votes(votes.astype(dtype), costs.astype(dtype)), expected)
    bags = VALID["certify_overlapping_votes"]["bags_of_bucket"]
    expected = certify_overlapping_votes(votes, bags, n_classes=3, costs=costs)
    cast = certify_overlapping_votes(votes.astype(dtype), bags.astype(dtype), n_classes=3, costs=costs.astype(dtype))
    _assert_same(cast, expected)


def test_costs_beyond_unbounded_count_as_unbounded():
    beyond = np.where(_COSTS > 3, 2**64 - 1, _COSTS.astype(np.uint64))
    bounded = np.where(_COSTS > 3, UNBOUNDED, _COSTS)
    _assert_same(certify_votes(_VOTES, beyond), certify_votes(_VOTES, bounded))


def test_costs_of_zero_count_as_one():
    """No flip, no change; and what stands at a partition's own vote is not used."""
    _assert_same(certify_votes(_VOTES, np.zeros_like(_COSTS)), certify_votes(_VOTES, np.ones_like(_COSTS)))


@pytest.mark.parametrize("name", list(VALID))
def test_no_test_rows_no_training_rows_and_no_voters(name):
    function, arguments = _function(name), VALID[name]
    if "X" in arguments:
        for arrays in ({"X": _POINTS[:0]}, {"Y": _POINTS[:0]}, {"X": _POINTS[:0], "Y": None}):
            kernel = function(**(arguments | arrays))
            assert kernel.size == 0 and kernel.ndim == 2
    elif arguments.get("weights", _VOTES).ndim == 2 and name != "flips_to_select":
        per_test_row = ("weights", "votes", "scores", "preferred", "costs", "vote_costs", "preference_costs")
        per_row = {argument: arguments[argument][:0] for argument in per_test_row if argument in arguments}
        answer = function(**(arguments | per_row))
        assert all(np.size(part) == 0 for part in _parts(answer)) or answer.n_changed_upper == 0


def test_nothing_to_flip():
    weights, labels = np.empty((2, 0)), np.empty(0, dtype=int)
    prediction, radius, upper, flips = certify_label_linear(weights, labels, 3)
    assert prediction.tolist() == [0, 0]
    assert (radius == UNBOUNDED).all() and (upper == UNBOUNDED).all()
    assert (flips == [0, UNBOUNDED, UNBOUNDED]).all()
    votes = np.empty((2, 0), dtype=int)
    for answer in (
        certify_votes(votes, np.empty((2, 0, 3), dtype=int)),
        certify_overlapping_votes(votes, np.empty((0, 1), dtype=int), n_classes=3),
        certify_run_off(np.empty((2, 0, 3))),
    ):
        _assert_same(answer, (prediction, radius, flips))


@pytest.mark.parametrize("name", ["convolutional_kernel", "fully_connected_kernel"])
@pytest.mark.parametrize("n_jobs", [0, 1.5, True, "2"])
def test_n_jobs_is_named(name, n_jobs):
    with pytest.raises(ValueError, match="n_jobs="):
        _function(name)(**VALID[name], n_jobs=n_jobs)


@pytest.mark.parametrize("name", ["convolutional_kernel", "fully_connected_kernel"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "erf", "identity"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_networks_that_overflow_are_refused(name, activation, dtype):
    """Also where finite numbers lead to infinite ones, or to none, on the way."""
    points = {"X": _POINTS.astype(dtype), "Y": _POINTS[:2].astype(dtype), "activation": activation}
    large = np.sqrt(float(np.finfo(dtype).max)) / (1.0 if dtype == np.float32 else 1e5)
    networks = [{"w_std": large, "depth": 6}, {"b_std": 1e25, "depth": 2}, {"negative_slope": 1e30, "depth": 12}]
    for network in networks:
        try:
            kernel = _function(name)(**(VALID[name] | points | network))
        except ValueError as error:
            assert "overflow" in str(error) and "decrease w_std" in str(error)
        else:
            assert np.isfinite(kernel).all()
    with pytest.raises(ValueError, match=r"w_std=1e\+200 must be"):
        _function(name)(**(VALID[name] | points), w_std=1e200)


def test_overflow_is_not_a_certificate():
    """Three flips suffice, which `UNBOUNDED` denied."""
    labels = np.zeros(4, dtype=int)
    with pytest.raises(ValueError, match="sum to inf"):
        certify_label_linear(np.full((1, 4), 1e308), labels, 2)
    for scale in (1.0, LARGEST_SUM / 4):
        assert certify_label_linear(np.full((1, 4), scale), labels, 2)[1] <= 2

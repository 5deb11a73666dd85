"""Some rows of a result: everything about these rows, and nothing else, of the same type."""

import copy
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skcert import NTKRegressorClassifier, certify
from skcert.results import picked
from tests.results.strategies import ORDERED, attacks, audits, certificates, same

pd = pytest.importorskip("pandas")


@st.composite
def keys(draw, n_rows):
    """What picks rows, and their positions."""
    positions = np.array(draw(st.lists(st.integers(-n_rows, n_rows - 1))) if n_rows else [], dtype=np.int64)
    mask = np.array(draw(st.lists(st.booleans(), min_size=n_rows, max_size=n_rows)), dtype=bool)
    key = draw(
        st.sampled_from(
            [slice(None), slice(1, 3), slice(None, None, -2), positions, positions.tolist(), positions.astype("i1")]
            + [mask, mask.tolist() if n_rows else mask, pd.Series(mask, index=range(7, 7 + n_rows)), []]
            + list(positions[:1])
        )
    )
    if isinstance(key, np.int64):
        return key, np.array([key % n_rows])
    return key, np.arange(n_rows)[np.asarray(key, dtype=int) if isinstance(key, list) and key == [] else key]


@settings(deadline=None)
@given(st.data())
def test_rows_of_certificates(data):
    result = data.draw(certificates(ORDERED) | attacks(ORDERED))
    key, positions = data.draw(keys(len(result)))
    some = result[key]
    assert type(some) is type(result) and len(some) == len(positions)
    for name in (field.name for field in fields(result)):
        whole, part = getattr(result, name), getattr(some, name)
        if name not in type(result)._of_each_row:
            assert part is whole or same(part, whole)
        elif isinstance(whole, tuple):
            assert same(part, tuple(whole[position] for position in positions))
        elif whole is not None:
            expected = whole[positions]
            assert part.equals(expected) if name == "index" else same(part, expected)
            assert name == "index" or not part.flags.writeable


@settings(deadline=None)
@given(st.data())
def test_a_slice_of_a_frame_is_the_frame_of_a_slice(data):
    result = data.draw(certificates(kinds=("letters", "<i8")))
    key, positions = data.draw(keys(len(result)))
    some, expected = result[key].to_frame(), result.to_frame().iloc[positions]
    if result.index is None:
        expected = expected.reset_index(drop=True)
    pd.testing.assert_frame_equal(some, expected, check_index_type=False)


@settings(deadline=None)
@given(st.data())
def test_labels_of_an_audit(data):
    audit = data.draw(audits(kinds=("letters", "<i8")))
    key, positions = data.draw(keys(len(audit)))
    unique = np.unique(positions, return_index=True)[1]
    some = audit[positions[np.sort(unique)]] if len(unique) < len(positions) else audit[key]
    expected = audit.ranking[positions[np.sort(unique)]]
    assert same(some.ranking, expected) and same(some.suspicion, audit.suspicion)
    pd.testing.assert_frame_equal(some.to_frame(), audit.to_frame().iloc[positions[np.sort(unique)]])
    if audit.guard_ranking is not None:
        assert some.guard_ranking.tolist() == [row for row in audit.guard_ranking if row in expected]


BAD = [
    (3, IndexError),
    (-4, IndexError),
    ([0, 3], IndexError),
    ([True, False], IndexError),
    (True, TypeError),
    (1.0, TypeError),
    ("radius", TypeError),
    (None, TypeError),
    ((0, 1, slice(2)), TypeError),
    ([[0, 1]], TypeError),
    ([0.5], TypeError),
    (np.empty(0), TypeError),
]


@pytest.mark.parametrize(("rows", "error"), BAD, ids=map(str, range(len(BAD))))
def test_what_picks_no_rows_is_refused(rows, error):
    with pytest.raises((error, ValueError)):
        picked(rows, 3)


def certified():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 3)), np.array(["a", "b"])[rng.integers(0, 2, 20)]
    return NTKRegressorClassifier().fit(X, y), X, y


def test_results_are_sequences_of_rows_and_single_objects_to_numpy():
    model, X, _ = certified()
    result = model.certify(X)
    assert [len(row) for row in result] == [1] * 20
    assert sum(row.radius[0] for row in result) == result.radius.sum()
    assert np.array([result, result[:3]], dtype=object).shape == (2,) and np.asarray(result).shape == ()
    assert np.asarray(result)[()] is result


def test_the_index_of_a_frame_comes_along():
    model, X, _ = certified()
    frame = pd.DataFrame(X, index=[f"patient {i}" for i in range(20)])
    assert model.certify(X).index is None and model.attack(X[:2]).index is None
    for result in (model.certify(frame), certify(model, frame)):
        assert result.index is frame.index and result.to_frame().index is frame.index
        assert np.array_equal(result.radius, model.certify(X).radius)
        for copied in (copy.deepcopy(result), pickle.loads(pickle.dumps(result)), replace(result, caveats=("x",))):
            assert copied.index.equals(frame.index)
        assert (
            result[result.radius < np.median(result.radius)]
            .to_frame()
            .equals(result.to_frame()[result.radius < np.median(result.radius)])
        )
    assert model.attack(frame[:2]).index.tolist() == ["patient 0", "patient 1"]


def test_frames_of_polars_have_no_index():
    pl = pytest.importorskip("polars")
    _, X, y = certified()
    result = NTKRegressorClassifier().fit(pl.DataFrame(X), y).certify(pl.DataFrame(X))
    assert result.index is None and result.to_frame().index.tolist() == list(range(20))


def test_every_certifier_keeps_the_index():
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    from skcert import (
        CertifiedKNeighborsClassifier,
        FiniteAggregationEnsemble,
        PartitionAggregationEnsemble,
        certify_rows,
    )
    from skcert.baselines import LabelFlipSmoothing, NTKSVMClassifier
    from skcert.inspection import accuracy_radius_points, checking_curve
    from skcert.model_selection import CertifiedGridSearchCV

    _, X, y = certified()
    frame = pd.DataFrame(X[:3], index=list("xyz"))
    vote = PartitionAggregationEnsemble(n_partitions=3, classes=["a", "b"])
    soft = PartitionAggregationEnsemble(n_partitions=3, voting="soft")
    run_off = PartitionAggregationEnsemble(n_partitions=3, voting="run-off")
    bags, neighbors = FiniteAggregationEnsemble(n_partitions=3), CertifiedKNeighborsClassifier(classes=["a", "b"])
    search = CertifiedGridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0, 10.0]}, cv=2)
    others = [LabelFlipSmoothing(NTKRegressorClassifier()), NTKSVMClassifier()]
    for fitted in [each.fit(X, y) for each in (vote, soft, run_off, bags, neighbors, search, *others)]:
        assert fitted.certify(frame).index is frame.index, fitted
    for fitted in (vote, neighbors):
        assert fitted.certify_rows(frame).index is frame.index
    assert vote.attack(frame).index is frame.index and soft.attack(frame).index is frame.index
    pipeline = make_pipeline(Normalizer(), vote).fit(X, y)
    grid = GridSearchCV(make_pipeline(Normalizer(), NTKRegressorClassifier()), {}, cv=2).fit(X, y)
    results = [certify(pipeline, frame), certify_rows(pipeline, frame), certify(grid, frame)]
    results += checking_curve(grid, frame, y[:3], n_checked=[0, 2]).results
    results += accuracy_radius_points(grid, frame, y[:3], weight_center=[None], weight_power=[1.0]).results
    assert all(result.index is frame.index for result in results)


def test_series_of_texts_have_an_index_too():
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.pipeline import make_pipeline

    from skcert import CertifiedRidgeClassifier

    texts = pd.Series(["good", "bad", "good day", "bad day"], index=list("wxyz"))
    model = make_pipeline(HashingVectorizer(n_features=16), CertifiedRidgeClassifier()).fit(texts, [0, 1, 0, 1])
    assert certify(model, texts).to_frame().index.tolist() == list("wxyz")

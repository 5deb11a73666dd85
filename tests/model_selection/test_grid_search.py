"""Search and refit, certified together."""

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert import UNBOUNDED, CertifiedKNeighborsClassifier, KernelRegressorClassifier, NTKRegressorClassifier
from skcert.certificates import allowed_labels
from skcert.inspection import audit_labels
from skcert.metrics import certified_accuracy_scorer
from skcert.model_selection import CertifiedGridSearchCV, SearchCertificationResult, SelectionBound

from .tiny import KINDS, labellings, searched, tiny_case

X, Y = load_digits(n_class=4, return_X_y=True)
X = X / 16
X_TRAIN, Y_TRAIN, X_TEST = X[:120], Y[:120], X[120:160]
GRID = {"alpha": [0.3, 3.0, 30.0]}


@pytest.fixture(scope="module")
def search():
    return CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=3).fit(X_TRAIN, Y_TRAIN)


def check_tiny_case(seed):
    """Everything that is claimed about one tiny search, against all labellings; how much was claimed."""
    rows, y, search, fit = tiny_case(seed)
    test = np.arange(-1.0, 10.0)[:, None]
    result = search.fit(rows, y, **fit).certify(test)
    allowed = allowed_labels(y, len(search.classes), search.trusted_, search.candidates_)
    labels, flips = labellings(y, allowed, 2)
    winners, predicted = searched(rows, test, search, labels)
    assert winners[0] == search.best_index_ and np.array_equal(predicted[0], result.prediction)
    assert (search.flips_to_select_[winners] <= flips).all()
    assert (result.flips_to_class[np.arange(11), predicted] <= flips[:, None]).all()
    changed = predicted != result.prediction
    assert not (changed & (flips[:, None] <= result.radius)).any()
    within = np.where(changed, flips[:, None], 3).min(axis=0) - 1
    known = result.radius_upper < 2
    assert (within[known] <= result.radius_upper[known]).all()
    return int((result.radius >= 1).sum())


@pytest.mark.filterwarnings("ignore:Some splits train without")
def test_no_labelling_within_the_radius_changes_search_and_refit():
    assert sum(check_tiny_case(seed) for seed in range(len(KINDS))) > 5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Some splits train without")
def test_no_labelling_within_the_radius_changes_anything_in_more_cases():
    assert sum(check_tiny_case(seed) for seed in range(8, 3 * len(KINDS))) > 10


def test_attacks_on_the_choice_do_not_reach_predictions(search):
    """Labels of validated rows that tell candidates apart, given to candidates in favour; all searched again."""
    rng = np.random.default_rng(0)
    result = search.certify(X_TEST)
    own = [estimator.predict(X_TRAIN) for estimator in search.estimators_]
    for favoured in range(3):
        differ = np.flatnonzero((own[favoured] != own[search.best_index_]) | (own[favoured] != Y_TRAIN))
        for flips in (1, 3):
            flipped = Y_TRAIN.copy()
            rows = rng.choice(differ if differ.size >= flips else 120, flips, replace=False)
            flipped[rows] = np.where(
                own[favoured][rows] != Y_TRAIN[rows], own[favoured][rows], (Y_TRAIN[rows] + 1) % 4
            )
            again = clone(search).fit(X_TRAIN, flipped)
            assert search.flips_to_select_[again.best_index_] <= flips
            held = result.certified(flips)
            assert np.array_equal(again.predict(X_TEST)[held], result.prediction[held])
    assert result.certified(1).any()


def test_as_scikit_learn_searches(search):
    other = GridSearchCV(NTKRegressorClassifier(), GRID, cv=KFold(3)).fit(X_TRAIN, Y_TRAIN)
    for name, values in other.cv_results_.items():
        if "time" not in name:
            assert np.array_equal(search.cv_results_[name], values), name
    assert search.cv_results_.keys() == other.cv_results_.keys()
    for name in ("best_index_", "best_score_", "best_params_", "n_splits_", "multimetric_", "n_features_in_"):
        assert getattr(search, name) == getattr(other, name), name
    assert np.array_equal(search.classes_, other.classes_)
    assert np.array_equal(search.decision_function(X_TEST), other.decision_function(X_TEST))
    assert search.score(X_TEST, Y[120:160]) == other.score(X_TEST, Y[120:160])
    assert search.refit_time_ > 0 and isinstance(search, type(other).__mro__[1])


def test_the_result_says_what_it_is_about(search):
    result = skcert.certify(search, X_TEST)
    assert isinstance(result, SearchCertificationResult)
    assert result.certificate == "search" and result.caveats == () and result.n_train == 120
    assert np.array_equal(result.prediction, search.predict(X_TEST))
    assert np.array_equal(result.prediction, search.best_estimator_.predict(X_TEST))
    alone = skcert.certify(search.best_estimator_, X_TEST)
    assert (result.radius <= alone.radius).all() and (result.flips_to_class <= alone.flips_to_class).all()
    others = np.where(result.classes == result.prediction[:, None], UNBOUNDED, result.flips_to_class)
    assert (others.min(axis=1) > result.radius).all()
    by_row = [search.certify(row[None]) for row in X_TEST[:5]]
    assert [of.radius[0] for of in by_row] == result.radius[:5].tolist()
    assert [of.limited_by[0] for of in by_row] == result.limited_by[:5].tolist()
    assert certified_accuracy_scorer(1)(search, X_TEST, Y[120:160]) == result.certified_accuracy(Y[120:160], 1)
    assert result.to_frame().columns[-2:].tolist() == ["limited_by", "limiting_candidate"]
    again = pickle.loads(pickle.dumps(result))
    assert np.array_equal(again.limited_by, result.limited_by)


def test_limits_name_a_candidate_that_fails():
    """A robust, an accurate and a useless candidate."""
    search = CertifiedGridSearchCV(NTKRegressorClassifier(), {"alpha": [1.0, 30.0, 1000.0]}, cv=3)
    result = search.fit(X_TRAIN, Y_TRAIN).certify(X_TEST)
    assert set(result.limited_by) == {"disagreement", "radius"}
    for row, (limit, candidate) in enumerate(zip(result.limited_by, result.limiting_candidate)):
        own = search.estimators_[candidate].certify(X_TEST[row : row + 1])
        next_flip = result.radius[row] + 1
        assert search.flips_to_select_[candidate] <= next_flip
        if limit == "disagreement":
            assert own.prediction != result.prediction[row] and search.flips_to_select_[candidate] == next_flip
        else:
            assert own.prediction == result.prediction[row] and own.radius == result.radius[row]


def test_reachable_candidates(search):
    none, one, all_of_them = search.reachable(0), search.reachable(1), search.reachable(0.5)
    assert isinstance(one, SelectionBound) and one.flips == 1 and all_of_them.flips == 60
    best = search.best_index_
    assert np.flatnonzero(none.reachable).tolist() == [best] and none.n_unstable.tolist() == [0, 0, 0]
    assert one.reachable.tolist() == (search.flips_to_select_ <= 1).tolist() and all_of_them.reachable.all()
    scores = search.cv_results_["mean_test_score"]
    assert none.largest_lead == pytest.approx(scores - scores[best])
    assert (one.largest_lead <= all_of_them.largest_lead).all() and one.largest_lead[best] == 0.0
    assert (one.n_unstable <= all_of_them.n_unstable).all()
    assert repr(none) == f"SelectionBound(flips=0, reachable=[{best}], n_candidates=3)"


def test_a_search_with_nothing_to_choose_is_the_candidate():
    search = CertifiedGridSearchCV(NTKRegressorClassifier(), {"alpha": [10.0]}, cv=3).fit(X_TRAIN, Y_TRAIN)
    alone = NTKRegressorClassifier(alpha=10.0).fit(X_TRAIN, Y_TRAIN).certify(X_TEST)
    result = search.certify(X_TEST)
    for name in ("prediction", "radius", "radius_upper", "flips_to_class", "exact"):
        assert np.array_equal(getattr(result, name), getattr(alone, name)), name
    assert result.exact.any()


def test_who_may_flip_what_reaches_the_splits(search):
    """Where labels that nobody can change vouch for the choice, other candidates are out of reach."""
    result, flips = search.certify(X_TEST), search.flips_to_select_
    trusted = np.arange(120) >= 20
    one_way = [{label, 0} for label in Y_TRAIN]
    for fit in ({"trusted": trusted}, {"candidate_labels": one_way}):
        told = clone(search).fit(X_TRAIN, Y_TRAIN, **fit)
        assert told.best_index_ == search.best_index_
        assert (told.flips_to_select_ >= flips).all() and (told.certify(X_TEST).radius >= result.radius).all()
        assert (told.certify(X_TEST).radius > result.radius).any()
    everybody = clone(search).fit(X_TRAIN, Y_TRAIN, trusted=np.ones(120, dtype=bool))
    assert everybody.certify(X_TEST).certain.all()
    assert set(everybody.certify(X_TEST).limited_by) == {"nothing"}
    assert np.delete(everybody.flips_to_select_, everybody.best_index_).tolist() == [UNBOUNDED] * 2


def test_classes_are_fixed_before_rows_are_split():
    """The only row of a class is in one split's validation part; a class may occur nowhere."""
    labels = np.array(["a", "b"])[(Y_TRAIN > 1).astype(int)].astype(object)
    labels[0] = "c"
    for search in (
        CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=3, classes=["d", "c", "b", "a"]),
        CertifiedGridSearchCV(NTKRegressorClassifier(classes=["a", "b", "c", "d"]), GRID, cv=3),
        CertifiedGridSearchCV(NTKRegressorClassifier(classes=["a", "b"]), GRID, cv=3, classes=list("abcd")),
    ):
        result = search.fit(X_TRAIN, labels).certify(X_TEST)
        assert search.classes_.tolist() == result.classes.tolist() == ["a", "b", "c", "d"]
        assert all(estimator.classes_.tolist() == ["a", "b", "c", "d"] for estimator in search.estimators_)
        assert result.flips_to_class.shape == (40, 4)
    with pytest.raises(ValueError, match="classes=.* lacks: \\['c'\\]"):
        CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, classes=["a", "b"]).fit(X_TRAIN, labels)


def test_sorted_labels_are_spoken_of():
    order = np.argsort(Y_TRAIN, kind="stable")
    with pytest.warns(UserWarning, match="train without any row of .*shuffle=True"):
        CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=4).fit(X_TRAIN[order], Y_TRAIN[order])


def test_one_class_can_be_predicted_but_not_certified():
    search = CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=2).fit(X_TRAIN[:20], np.ones(20))
    assert (search.predict(X_TEST) == 1.0).all() and search.best_index_ == 0
    with pytest.raises(ValueError, match="only one class"):
        search.certify(X_TEST)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"scoring": "balanced_accuracy"}, "scoring='balanced_accuracy': only 'accuracy' can be bounded"),
        ({"scoring": certified_accuracy_scorer(3)}, "scoring=.*only 'accuracy' can be bounded"),
        ({"scoring": None}, "scoring=None: only 'accuracy'"),
        ({"scoring": ["accuracy"]}, "only 'accuracy'"),
        ({"refit": False}, "refit=False: .*only refit=True can be certified"),
        ({"refit": lambda results: 0}, "refit=.*only refit=True"),
        ({"error_score": 0.0}, "error_score=0.0: nothing bounds which candidates fail"),
        ({"accuracy_weight": {7: 1.0}}, "accuracy_weight has labels that are not among the classes"),
        ({"accuracy_weight": {1: 0.0}}, "accuracy_weight has 0.0 for label 1"),
        ({"accuracy_weight": dict.fromkeys(range(4), 1e-200)}, "accuracy_weight has 1e-200 as its largest value"),
        ({"accuracy_weight": "balanced"}, "accuracy_weight"),
    ],
    ids=[
        "balanced",
        "radii",
        "none",
        "several",
        "no refit",
        "callable",
        "error_score",
        "label",
        "zero",
        "tiny",
        "counted",
    ],
)
def test_what_cannot_be_bounded_is_refused(parameters, message):
    search = CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=2).set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        search.fit(X_TRAIN, Y_TRAIN)
    with pytest.raises(NotFittedError):
        search.certify(X_TEST)


def test_right_predictions_may_be_worth_more_in_some_classes():
    worth = {0: 5.0, 1: 0.5}
    search = CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=3, accuracy_weight=worth).fit(X_TRAIN, Y_TRAIN)
    of_label = np.array([5.0, 0.5, 1.0, 1.0])
    for index, parameters in enumerate(search.cv_results_["params"]):
        folds = []
        for train, test in KFold(3).split(X_TRAIN):
            model = NTKRegressorClassifier(**parameters, classes=range(4)).fit(X_TRAIN[train], Y_TRAIN[train])
            folds.append(np.mean(of_label[Y_TRAIN[test]] * (model.predict(X_TRAIN[test]) == Y_TRAIN[test])))
        assert search.cv_results_["mean_test_score"][index] == pytest.approx(np.mean(folds))
    right = search.predict(X_TEST) == Y[120:160]
    assert search.score(X_TEST, Y[120:160]) == pytest.approx(np.mean(of_label[Y[120:160]] * right))
    assert "WeightedAccuracy({0: 5.0" in repr(search.scorer_)
    with pytest.raises(ValueError, match="labels without a weight, \\[9\\]"):
        search.score(X_TEST[:1], [9])


def test_kernel_matrices_are_split_on_both_sides():
    kernel = rbf_kernel(X_TRAIN)
    by_matrix = CertifiedGridSearchCV(KernelRegressorClassifier(kernel="precomputed"), GRID, cv=3).fit(kernel, Y_TRAIN)
    gamma = 1 / X_TRAIN.shape[1]
    by_rows = CertifiedGridSearchCV(KernelRegressorClassifier(kernel="rbf", gamma=gamma), GRID, cv=3).fit(
        X_TRAIN, Y_TRAIN
    )
    assert np.allclose(by_matrix.cv_results_["mean_test_score"], by_rows.cv_results_["mean_test_score"])
    radius = by_matrix.certify(rbf_kernel(X_TEST, X_TRAIN)).radius
    assert np.mean(radius == by_rows.certify(X_TEST).radius) > 0.9


def test_frames_threads_copies_and_pickles(search):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X_TRAIN, columns=[f"pixel {i}" for i in range(64)])
    scaled = {f"kneighbors__{name}": values for name, values in {"n_neighbors": [3, 9]}.items()}
    model = sklearn.pipeline.Pipeline([("scale", StandardScaler()), ("kneighbors", CertifiedKNeighborsClassifier())])
    of_frame = CertifiedGridSearchCV(model, scaled, cv=3).fit(frame, list(Y_TRAIN))
    assert of_frame.feature_names_in_.tolist() == frame.columns.tolist()
    radius = of_frame.certify(frame[:9]).radius
    assert np.array_equal(radius, clone(of_frame).fit(X_TRAIN, Y_TRAIN).certify(X_TRAIN[:9]).radius)
    parallel = clone(search).set_params(n_jobs=2).fit(X_TRAIN, Y_TRAIN)
    assert np.array_equal(parallel.certify(X_TEST).radius, search.certify(X_TEST).radius)
    again = pickle.loads(pickle.dumps(search))
    assert np.array_equal(again.certify(X_TEST).radius, search.certify(X_TEST).radius)
    assert again.reachable(1).reachable.tolist() == search.reachable(1).reachable.tolist()


def test_inside_pipelines_and_searches(search):
    model = make_pipeline(StandardScaler(), clone(search)).fit(X_TRAIN, Y_TRAIN)
    result = skcert.certify(model, X_TEST)
    assert result.certificate == "search" and result.caveats == ()
    assert np.array_equal(result.prediction, model.predict(X_TEST))
    outer = GridSearchCV(clone(search), {"cv": [2]}, cv=2).fit(X_TRAIN, Y_TRAIN)
    (caveat,) = skcert.certify(outer, X_TEST).caveats
    assert "chosen by GridSearchCV" in caveat
    nested = CertifiedGridSearchCV(clone(search), {"estimator__depth": [1, 2]}, cv=2).fit(X_TRAIN, Y_TRAIN)
    result = skcert.certify(nested, X_TEST)
    assert result.caveats == () and (result.radius <= nested.best_estimator_.certify(X_TEST).radius).all()


def test_audits_are_about_the_chosen_model(search):
    audits = [audit_labels(model) for model in (search, search.best_estimator_)]
    assert np.array_equal(audits[0].suspicion, audits[1].suspicion)


def test_splits_that_nothing_is_known_about_leave_a_caveat():
    halves = [(np.arange(20), np.arange(20, 40))]
    search = CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=halves).fit(X_TRAIN, Y_TRAIN)
    (caveat,) = skcert.certify(search, X_TEST).caveats
    assert caveat.startswith("The splits come from cv, which is a list")
    with pytest.raises(ValueError, match="cannot be certified without a caveat.*The splits come from cv"):
        CertifiedGridSearchCV(search, {}, cv=2).fit(X_TRAIN, Y_TRAIN)


def test_trust_is_asked_for_by_metadata_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        inner = CertifiedGridSearchCV(NTKRegressorClassifier(), GRID, cv=2).set_fit_request(trusted=True)
        model = make_pipeline(StandardScaler(), inner)
        model.fit(X_TRAIN, Y_TRAIN, trusted=np.ones(120, dtype=bool))
        assert skcert.certify(model, X_TEST).certain.all()


def test_progress_is_said(search, capsys):
    clone(search).set_params(verbose=1).fit(X_TRAIN, Y_TRAIN)
    assert "Fitting 3 splits for each of 3 candidates, 9 fits" in capsys.readouterr().err

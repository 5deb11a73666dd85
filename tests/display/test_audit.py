import numpy as np
import pytest
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skcert import NTKRegressorClassifier
from skcert.display import AuditDisplay
from skcert.inspection import audit_labels, checking_curve

AnnotationBbox = pytest.importorskip("matplotlib.offsetbox").AnnotationBbox


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(40, 12))
    y = np.where(X[:, 0] > 0, "$dog", "cat")
    return NTKRegressorClassifier().fit(X, y), X, y


def names_of(display):
    return [tick.get_text().replace("\\", "") for tick in display.ax_.get_yticklabels()]


def thumbnails(display):
    return [artist for artist in display.ax_.artists + display.ax_.texts if isinstance(artist, AnnotationBbox)]


def test_ranking(fitted):
    network, X, y = fitted
    audit = audit_labels(network, X)
    display = AuditDisplay.from_audit(audit, y_train=y, question="guard", n_labels=5)
    n_attacks, pressure = ([bar.get_width() for bar in bars] for bars in display.ax_.containers)
    assert n_attacks == audit.n_attacks[audit.guard_ranking[:5]].tolist()
    assert pressure == audit.pressure[audit.guard_ranking[:5]].tolist()
    assert names_of(display) == [f"row {row}: {y[row]}" for row in audit.guard_ranking[:5]]
    display = AuditDisplay.from_audit(audit, y_train=y, n_labels=5)
    assert [bar.get_width() for bar in display.ax_.containers[0]] == audit.suspicion[audit.ranking[:5]].tolist()
    expected = [f"row {row}: {y[row]} \u2192 {audit.suggested[row]}" for row in audit.ranking[:5]]
    assert names_of(display) == expected
    low, high = display.ax_.get_ylim()
    assert low > high and not thumbnails(display)  # the first on top
    display.figure_.canvas.draw()  # a dollar sign is no mathematics


@pytest.mark.parametrize(("image_shape", "n_labels"), [((3, 4), 50), ((4, 3, 1), 7), ((2, 2, 3), 7)])
def test_thumbnails(fitted, image_shape, n_labels):
    network, X, _ = fitted
    display = AuditDisplay.from_estimator(network, X, X_train=X, image_shape=image_shape, n_labels=n_labels)
    shown = [box.offsetbox.get_data() for box in thumbnails(display)]
    n_shown = min(n_labels, 40)
    assert len(shown) == n_shown
    expected = X[display.audit.ranking[:n_shown]].reshape(
        n_shown, *(image_shape[:2] if image_shape[2:] == (1,) else image_shape)
    )
    expected = (expected - expected.min()) / (expected.max() - expected.min())
    np.testing.assert_allclose(shown, expected)
    display.figure_.canvas.draw()


def test_pipelines(fitted):
    _, X, y = fitted
    model = make_pipeline(StandardScaler(), NTKRegressorClassifier()).fit(X, y)
    display = AuditDisplay.from_estimator(model, X, X_train=X, image_shape=(3, 4), y_train=y, n_labels=5)
    assert np.array_equal(display.audit.ranking, audit_labels(model, X).ranking) and len(thumbnails(display)) == 5
    with pytest.raises(ValueError, match="selectkbest"):
        AuditDisplay.from_estimator(make_pipeline(SelectKBest(k=2), NTKRegressorClassifier()).fit(X, y), X)


def test_curve(fitted):
    network, X, y = fitted
    curve = checking_curve(network, X, y, n_checked=[0, 20, 40])
    display = AuditDisplay.from_audit(audit_labels(network), curve=curve).plot_curve()
    n_checked, radii = display.ax_.lines[0].get_data()
    assert n_checked.tolist() == [0, 20, 40] and radii.tolist() == [
        *curve.median_radius[:2],
        40,
    ]  # unbounded: all rows
    display.figure_.canvas.draw()
    shares = display.plot_curve(flips=2).ax_.lines[0].get_ydata()
    assert shares.tolist() == curve.certified_accuracy(2).tolist() and "at 2 label flips" in display.ax_.get_ylabel()
    with pytest.raises(ValueError, match="There is no curve.*checking_curve"):
        AuditDisplay.from_estimator(network).plot_curve()


def test_images_of_one_value(fitted):
    network, X, _ = fitted
    display = AuditDisplay.from_estimator(network, X, X_train=np.ones((40, 4)), image_shape=(2, 2), n_labels=3)
    assert not np.any([box.offsetbox.get_data() for box in thumbnails(display)])


def test_errors(fitted):
    network, X, y = fitted
    audit = audit_labels(network, X)
    for question, of in (("guard", audit_labels(network)), ("guess", audit)):
        with pytest.raises(ValueError, match=r'must be "check", or "guard" with.*audit_labels\(estimator, X\)'):
            AuditDisplay.from_audit(of, question=question)
    for arguments in ({"X_train": X}, {"image_shape": (3, 4)}):
        with pytest.raises(ValueError, match="belong together"):
            AuditDisplay.from_audit(audit, **arguments)
    with pytest.raises(ValueError, match="y_train has 39 rows"):
        AuditDisplay.from_audit(audit, y_train=y[1:])
    with pytest.raises(ValueError, match="X_train has 39 rows"):
        AuditDisplay.from_audit(audit, X[1:], (3, 4))
    with pytest.raises(ValueError, match=r"image_shape=\(3, 5\) does not fit"):
        AuditDisplay.from_audit(audit, X, (3, 5))
    for image_shape in ((12,), (3, 2, 2)):
        with pytest.raises(ValueError, match=r"must be \(height, width\)"):
            AuditDisplay.from_audit(audit, X, image_shape)

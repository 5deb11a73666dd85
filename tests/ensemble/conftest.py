import pytest
from sklearn.datasets import make_classification


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        n_samples=260, n_features=6, n_informative=4, n_classes=3, class_sep=1.5, random_state=0
    )
    return X[:200], y[:200], X[200:], y[200:]

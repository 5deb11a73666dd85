import numpy as np
import pytest

from skcert import UNBOUNDED, CertificationResult


@pytest.fixture(autouse=True)
def close_figures():
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture
def result():
    return CertificationResult(
        prediction=np.array([0, 1, 1]),
        radius=np.array([2, 4, UNBOUNDED]),
        flips_to_class=np.array([[0, 3], [5, 0], [UNBOUNDED, 0]]),
        radius_upper=np.array([2, 4, UNBOUNDED]),
        classes=np.arange(2),
        certificate="label-linear",
        n_train=9,
    )

"""Certificates of candidates, put together."""

import numpy as np

from skcert import UNBOUNDED, CertificationResult
from skcert.model_selection._result import search_result


def certificate(predictions, radii, uppers):
    """Of two classes: the other one takes one flip more than the radius."""
    predictions, radii = np.array(predictions), np.array(radii)
    flips = np.where(np.arange(2) == predictions[:, None], 0, np.minimum(radii + 1, UNBOUNDED)[:, None])
    return CertificationResult(predictions, radii, flips, np.array(uppers), np.arange(2), "label-linear", 50)


def test_whichever_wins():
    chosen = certificate([0, 0, 0, 0, 0], [9, 9, 9, 2, UNBOUNDED], [9, UNBOUNDED, 9, 2, UNBOUNDED])
    robust = certificate([0, 0, 1, 0, 0], [7, 1, 9, 8, UNBOUNDED], [7, 1, 9, 8, UNBOUNDED])
    # candidates 1 (within reach of 4 flips) and 3 (chosen); 0 and 2 are out of reach, and were not certified
    to_select = np.array([UNBOUNDED, 4, UNBOUNDED, 0])
    result = search_result([robust, chosen], np.array([1, 3]), to_select, 50, ("a caveat",))
    assert result.prediction.tolist() == [0] * 5
    assert result.radius.tolist() == [7, 3, 3, 2, UNBOUNDED]
    assert result.limited_by.tolist() == ["radius", "selection", "disagreement", "radius", "nothing"]
    assert result.limiting_candidate.tolist() == [1, 1, 1, 3, 3]
    assert result.flips_to_class.tolist() == [[0, 8], [0, 4], [0, 4], [0, 3], [0, UNBOUNDED]]
    # three flips change the chosen candidate's fourth prediction, and cannot change the choice
    assert result.radius_upper.tolist() == [UNBOUNDED] * 3 + [2, UNBOUNDED]
    assert result.exact.tolist() == [False, False, False, True, True]
    assert result.certificate == "search" and result.caveats == ("a caveat",) and result.n_train == 50

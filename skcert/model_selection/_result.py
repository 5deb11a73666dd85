"""Certificates of all candidates that flips can make win, as one certificate of search and refit."""

import numpy as np

from ..certificates import search_radius
from ..results import UNBOUNDED, SearchCertificationResult


def search_result(results, candidates, flips_to_select, n_train, caveats):
    """What holds whichever candidate wins.

    Parameters
    ----------
    results : list of CertificationResult
        Certificates of candidates, each refitted on all rows.
    candidates : ndarray of shape (n_results,)
        Which candidates these are: all that some number of flips may make win.
    flips_to_select : ndarray of shape (n_candidates,), int64
        As `flips_to_select` returns it.
    n_train : int
    caveats : tuple of str

    Returns
    -------
    result : SearchCertificationResult
    """
    flips = flips_to_select[candidates]
    chosen = results[int(np.argmin(flips))]
    agree = np.stack([result.prediction == chosen.prediction for result in results])
    radii, test = np.stack([result.radius for result in results]), np.arange(len(chosen))
    radius, limiting = search_radius(agree, radii, flips)
    # an attack on the chosen candidate is one on the search if it is too small to change the choice
    attacked = chosen.radius_upper + 1 < flips[flips > 0].min(initial=UNBOUNDED)
    return SearchCertificationResult(
        prediction=chosen.prediction,
        radius=radius,
        flips_to_class=np.min(
            [np.maximum(result.flips_to_class, least) for result, least in zip(results, flips)], axis=0
        ),
        radius_upper=np.where(attacked, chosen.radius_upper, UNBOUNDED),
        classes=chosen.classes,
        certificate="search",
        n_train=n_train,
        caveats=caveats,
        limited_by=_limits(radius, agree[limiting, test], radii[limiting, test]),
        limiting_candidate=candidates[limiting],
    )


def _limits(radius, agrees, own_radius):
    """`SearchCertificationResult.limited_by`, from the limiting candidates."""
    limits = np.where(agrees, np.where(own_radius == radius, "radius", "selection"), "disagreement")
    return np.where(radius < UNBOUNDED, limits, "nothing")

"""What other dials of a fitted model would give: clean accuracy against median radius."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import validate_parameter_constraints
from sklearn.utils.validation import _num_samples, check_is_fitted

from .._utils import Rows
from ..label_use import certifiable_part
from ..learners import Dial, NTKRegressorClassifier, warn_of_shift
from ..metrics import certified_accuracy_score, median_certified_radius
from ..results import CertificationResult, right_predictions, with_index_of

if TYPE_CHECKING:
    import pandas as pd

# What is tried where nothing else is asked for.
CENTERS = (None, "mean", 0.8, 0.95)
POWERS = (1.0, 0.75, 0.5, 0.25)


@dataclass(frozen=True, eq=False, repr=False)
class AccuracyRadiusPoints:
    """One fitted model's clean accuracy and median certified radius at several dials.

    Parameters
    ----------
    settings : tuple of n_points dict
        `weight_center`, `weight_power` and `weight_clip` of each point, as ``set_params`` of the kernel regression
        takes them.
    results : tuple of n_points CertificationResult
        What ``certify`` returns after a refit with these parameters.
    y_true : ndarray of shape (n_test,)
        True labels of the rows.
    fitted : int
        Which point is the model as it was fitted.

    Examples
    --------
    See `accuracy_radius_points`.
    """

    settings: tuple[dict[str, Any], ...]
    results: tuple[CertificationResult, ...]
    y_true: NDArray[Any]
    fitted: int

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Clean accuracy of each point, ndarray of shape (n_points,)."""
        return np.array([certified_accuracy_score(self.y_true, result, flips=0) for result in self.results])

    @property
    def median_radius(self) -> NDArray[np.float64]:
        """Median radius of each point in label flips, wrong predictions as -1, ndarray of shape (n_points,)."""
        return np.array([median_certified_radius(self.y_true, result) for result in self.results])

    @property
    def on_frontier(self) -> NDArray[np.bool_]:
        """Points that no other one beats, ndarray of shape (n_points,), bool.

        One beats another if it is at least as good in accuracy and in median radius, and better in one of them. Of
        equal points the first counts.
        """
        accuracy, radius = self.accuracy, self.median_radius
        no_worse = (accuracy[:, None] >= accuracy) & (radius[:, None] >= radius)
        equal = no_worse & no_worse.T
        beats = (no_worse & ~equal) | np.triu(equal, 1)
        return np.array(~beats.any(axis=0))

    @property
    def names(self) -> list[str]:
        """Each point's setting in words, list of n_points str; "plain" for label weights as they are."""
        return [_name(Dial(**setting)) for setting in self.settings]

    def to_frame(self) -> pd.DataFrame:
        """The points as a pandas DataFrame, one row each.

        Returns
        -------
        frame : pandas.DataFrame
            Columns `weight_center`, `weight_power`, `weight_clip`, `accuracy`, `median_radius`, `on_frontier` and
            `fitted`, which is True for the model as it was fitted.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError("to_frame() needs pandas: pip install pandas, or use the arrays directly.") from error
        columns = {name: np.array([setting[name] for setting in self.settings], dtype=object) for name in Dial._fields}
        columns["weight_power"] = columns["weight_power"].astype(np.float64)
        for name in ("accuracy", "median_radius", "on_frontier"):
            columns[name] = getattr(self, name)
        columns["fitted"] = np.arange(len(self.settings)) == self.fitted
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        best = [name for name, kept in zip(self.names, self.on_frontier) if kept]
        return f"AccuracyRadiusPoints(n_points={len(self.settings)}, n_test={len(self.y_true)}, on_frontier={best})"


def accuracy_radius_points(
    estimator: Any,
    X: Rows,
    y: ArrayLike,
    *,
    weight_center: Iterable[float | str | None] = CENTERS,
    weight_power: Iterable[float] = POWERS,
    weight_clip: Iterable[float | None] = (None,),
) -> AccuracyRadiusPoints:
    """What a fitted model would certify with other centres, powers and clips of its label weights.

    Nothing is fitted: kernel values and label weights of each row are computed once, then flattened and certified for
    each combination of the settings, and for the model's own. The results are those of refits, to the last flip.

    Parameters
    ----------
    estimator : estimator
        Fitted: an `NTKRegressorClassifier`, a `KernelRegressorClassifier`, a `CertifiedRidgeClassifier`, a
        `PartitionAggregationEnsemble` of these with ``voting="soft"``, whose members are flattened one by one, a
        ``Pipeline`` that ends in one of these, a search such as ``GridSearchCV`` over one, or any nesting of these.
    X : array-like of shape (n_test, n_features)
        Rows to certify, as ``estimator.predict`` takes them. To choose a setting: rows of their own, whose labels are
        trusted, and which are not those that results are reported on (see Notes).
    y : array-like of shape (n_test,)
        Their true labels.
    weight_center : list of float in [0, 1], "mean" or None, default=(None, "mean", 0.8, 0.95)
        Values of `weight_center` to combine.
    weight_power : list of float in [0, 1], default=(1.0, 0.75, 0.5, 0.25)
        Values of `weight_power`.
    weight_clip : list of float in (0, 1] or None, default=(None,)
        Values of `weight_clip`.

    Returns
    -------
    points : AccuracyRadiusPoints
        A point for each combination, centres changing slowest and clips fastest, and for the model's own setting, at
        the end if it is none of them.

    Raises
    ------
    TypeError
        If `estimator` holds no kernel regression and no soft vote of them.
    ValueError
        If a setting is not valid, there is none, or `y` does not have a true label for each row. Also if a step was
        fitted with labels, or is not known to ignore them, as in `skcert.certify`.
    sklearn.exceptions.NotFittedError
        Before ``fit``.

    Warns
    -----
    UserWarning
        Where quantiles are among the centres, the classes of the training rows are of unequal size and there is no
        ``score_weight``, as ``fit`` warns.

    See Also
    --------
    skcert.display.AccuracyRadiusDisplay : The points as a picture.

    Notes
    -----
    Each result is a guarantee about refits with its setting, fixed beforehand. **Choosing among them is a use of
    labels**, of `y` and, through the model, of the training labels. Chosen on rows that are reported afterwards, a
    setting looks better than it is. Chosen on the training rows, it follows the labels that the attacker writes.
    Rows of their own whose labels are trusted keep the attacker out of `y` and the report honest; a certificate is
    then about refits with the setting that was chosen. For the choice itself to be beyond the attacker's reach, the
    model that is looked at must be fitted on trusted labels, too, or on other data of the same kind.

    Score weights, candidate labels and trusted training rows are those of the fitted model. The price is one pass over
    the kernel values, and one certificate per row and point.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.inspection import accuracy_radius_points
    >>> X, y = load_digits(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=5.0).fit(X[:1000] / 16, y[:1000])
    >>> points = accuracy_radius_points(
    ...     network, X[1000:1200] / 16, y[1000:1200], weight_center=[None, 0.9], weight_power=[1.0, 0.5]
    ... )
    >>> for name, accuracy, radius in zip(points.names, points.accuracy, points.median_radius):
    ...     print(f"{name:<21} {accuracy:.1%} {radius:g}")
    plain                 97.0% 12
    power 0.5             95.0% 12.5
    centre 0.9            97.0% 19
    centre 0.9, power 0.5 96.5% 26
    """
    given = {"weight_center": weight_center, "weight_power": weight_power, "weight_clip": weight_clip}
    levels = {name: _checked_levels(name, values) for name, values in given.items()}
    classifier, rows, caveats = certifiable_part(estimator, X)
    own = _own_dial(classifier)
    y_true = np.asarray(y)
    if y_true.shape != (_num_samples(X),):
        raise ValueError(f"y has shape {y_true.shape}, but a label is needed for each of {_num_samples(X)} rows.")
    _warn_of_quantiles(classifier, levels["weight_center"])
    dials = [Dial(*setting) for setting in product(*levels.values())]
    if own not in dials:
        dials.append(own)
    results = classifier._certify_at(rows, dials)
    right_predictions(y_true, results[0], "y")
    return AccuracyRadiusPoints(
        settings=tuple(dial._asdict() for dial in dials),
        results=tuple(with_index_of(X, replace(result, caveats=(*result.caveats, *caveats))) for result in results),
        y_true=y_true,
        fitted=dials.index(own),
    )


def _checked_levels(name, values):
    """Valid settings of a parameter, each once."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"{name}={values!r} must be a list of settings to combine, such as [{values!r}].")
    levels = list(values)
    if not levels:
        raise ValueError(f"{name}={values!r} has no setting; give at least one.")
    for level in levels:
        constraints = NTKRegressorClassifier._parameter_constraints
        validate_parameter_constraints(constraints, {name: level}, "accuracy_radius_points")
    return list(dict.fromkeys(levels))


def _own_dial(classifier):
    """The setting of a fitted model."""
    has_dial = hasattr(classifier, "_dial")
    if has_dial:
        check_is_fitted(classifier, "label_codes_")
    own = classifier._dial() if has_dial else None
    if own is None:
        raise TypeError(
            "accuracy_radius_points needs a kernel regression, such as NTKRegressorClassifier, or a "
            f"PartitionAggregationEnsemble of them with voting='soft', but {classifier!r} is neither. Fit other "
            "models once for each setting."
        )
    return own


def _warn_of_quantiles(classifier, centers):
    quantiles = [center for center in centers if center not in (None, "mean")]
    if quantiles and classifier.score_weight_ is None:
        warn_of_shift(f"weight_center={quantiles}", classifier.label_codes_, classifier.classes_, stacklevel=3)


def _name(dial):
    center, power, clip = dial
    parts = [] if center is None else ["centre mean" if center == "mean" else f"centre {float(center):g}"]
    parts += [f"power {float(power):g}"] if power != 1 else []
    parts += [] if clip is None else [f"clip {float(clip):g}"]
    return ", ".join(parts) or "plain"

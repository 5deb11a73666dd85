"""Training labels to check or to guard first, with pictures where rows are images, and what checking buys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..inspection import CheckingCurve, LabelAudit, audit_labels
from ._axes import BLUE, SKY, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self

_THUMBNAIL_POINTS = 20


class AuditDisplay:
    """Training labels that are likely wrong, or those that predictions hang on, and what it buys to check labels.

    Use `from_audit` or `from_estimator` to make one; the constructor stores what it is given.

    Parameters
    ----------
    audit : skcert.inspection.LabelAudit
        The ranking.
    images : ndarray of shape (n_train, height, width) or (n_train, height, width, 3 or 4), default=None
        Training rows as images, for thumbnails.
    labels : array-like of shape (n_train,), default=None
        Training labels, shown next to the row numbers.
    curve : skcert.inspection.CheckingCurve, default=None
        What checking buys, for `plot_curve`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with what was drawn last.
    figure_ : matplotlib Figure
        Figure with the axes.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skcert import NTKRegressorClassifier
    >>> from skcert.display import AuditDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> network = NTKRegressorClassifier(alpha=5.0).fit(X[:500] / 16, y[:500])
    >>> display = AuditDisplay.from_estimator(
    ...     network, X_train=X[:500], image_shape=(8, 8), y_train=y[:500]
    ... )  # doctest: +SKIP
    """

    def __init__(
        self,
        audit: LabelAudit,
        *,
        images: NDArray[Any] | None = None,
        labels: NDArray[Any] | None = None,
        curve: CheckingCurve | None = None,
    ) -> None:
        self.audit = audit
        self.images = images
        self.labels = labels
        self.curve = curve

    @classmethod
    def from_audit(
        cls,
        audit: LabelAudit,
        X_train: ArrayLike | None = None,
        image_shape: tuple[int, ...] | None = None,
        *,
        y_train: ArrayLike | None = None,
        curve: CheckingCurve | None = None,
        question: str = "check",
        n_labels: int = 20,
        ax: Axes | None = None,
    ) -> Self:
        """Plot the result of ``audit_labels``.

        Parameters
        ----------
        audit : skcert.inspection.LabelAudit
            The ranking.
        X_train : array-like of shape (n_train, n_features), default=None
            Training rows, if they are images.
        image_shape : tuple, default=None
            (height, width), or (height, width, channels) with 1, 3 or 4 channels. Needed with `X_train`.
        y_train : array-like of shape (n_train,), default=None
            Training labels, shown next to the row numbers.
        curve : skcert.inspection.CheckingCurve, default=None
            What checking buys; `plot_curve` draws it.
        question : {"check", "guard"}, default="check"
            Which labels to show: those to check first, because they are likely wrong, or those to guard first, because
            most predictions hang on them; the latter need an audit with test rows.
        n_labels : int, default=20
            How many labels to show.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.

        Returns
        -------
        display : AuditDisplay

        Raises
        ------
        ValueError
            If `question` is neither, or cannot be answered; if only one of `X_train` and `image_shape` is given, they
            do not fit each other, or an array does not have one row per training label.
        """
        if (X_train is None) != (image_shape is None):
            raise ValueError("X_train and image_shape belong together: the rows, and the shape of the images in them.")
        n_train = len(audit.suspicion)
        for argument, rows in (("X_train", X_train), ("y_train", y_train)):
            if rows is not None and np.shape(rows)[0] != n_train:
                raise ValueError(
                    f"{argument} has {np.shape(rows)[0]} rows, but the audit is about {n_train} training labels."
                )
        images = (
            None if X_train is None or image_shape is None else _as_images(np.asarray(X_train), tuple(image_shape))
        )
        labels = None if y_train is None else np.asarray(y_train)
        return cls(audit, images=images, labels=labels, curve=curve).plot(question, ax=ax, n_labels=n_labels)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | None = None,
        *,
        X_train: ArrayLike | None = None,
        image_shape: tuple[int, ...] | None = None,
        y_train: ArrayLike | None = None,
        question: str = "check",
        n_labels: int = 20,
        ax: Axes | None = None,
    ) -> Self:
        """Audit the labels of a fitted estimator and plot.

        Parameters
        ----------
        estimator : estimator
            Anything that `skcert.inspection.audit_labels` takes: a fitted classifier, pipeline or search.
        X : array-like of shape (n_test, n_features), default=None
            Rows whose predictions matter, as ``estimator.predict`` takes them; for ``question="guard"``.
        X_train : array-like of shape (n_train, n_features), default=None
            Training rows, if they are images. They are only shown, so they may differ from the rows that `estimator`
            was fitted on.
        image_shape : tuple, default=None
            (height, width), or (height, width, channels) with 1, 3 or 4 channels. Needed with `X_train`.
        y_train : array-like of shape (n_train,), default=None
            Training labels, shown next to the row numbers.
        question : {"check", "guard"}, default="check"
            As in `from_audit`.
        n_labels : int, default=20
            How many labels to show.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.

        Returns
        -------
        display : AuditDisplay

        Raises
        ------
        TypeError, ValueError
            As `skcert.inspection.audit_labels` and `from_audit` raise them.
        """
        audit = audit_labels(estimator, X)
        return cls.from_audit(
            audit, X_train, image_shape, y_train=y_train, question=question, n_labels=n_labels, ax=ax
        )

    def plot(self, question: str = "check", ax: Axes | None = None, *, n_labels: int = 20) -> Self:
        """Draw the first labels of a ranking.

        Parameters
        ----------
        question : {"check", "guard"}, default="check"
            As in `from_audit`.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        n_labels : int, default=20
            How many labels to show.

        Returns
        -------
        display : AuditDisplay
            Itself, with ``ax_`` and ``figure_``.

        Raises
        ------
        ValueError
            If `question` is neither, or "guard" and the audit had no test rows.
        """
        audit = self.audit
        ranking = {"check": audit.ranking, "guard": audit.guard_ranking}.get(question)
        if ranking is None:
            raise ValueError(
                f'question={question!r} must be "check", or "guard" with an audit that was given test rows: '
                "audit_labels(estimator, X)."
            )
        top = ranking[:n_labels]
        places = np.arange(len(top))
        if ax is None:
            ax = new_axes(figsize=(6.4, 1.2 + 0.33 * len(top)))
        names = [f"row {row}" if self.labels is None else f"row {row}: {self.labels[row]}" for row in top]
        if question == "check":
            names = [f"{name} \u2192 {audit.suggested[row]}" for name, row in zip(names, top)]
            ax.barh(places, audit.suspicion[top], color=BLUE, label="lead of the suggested label without the own one")
            ax.axvline(0.0, color="black", linewidth=0.8)
            ax.set(xlabel="Suspicion, in units of the model's scores")
        else:
            ax.barh(
                places, np.asarray(audit.n_attacks)[top], color=SKY, label="predictions whose smallest attack flips it"
            )
            shared = np.asarray(audit.pressure)[top]
            ax.barh(places, shared, height=0.4, color=BLUE, label="pressure: each attack shared among its flips")
            ax.set(xlabel=f"Predictions, out of {audit.n_test} with a known attack")
        ax.set_yticks(places, [name.replace("$", r"\$") for name in names])
        ax.tick_params(axis="y", length=0, pad=4 if self.images is None else _THUMBNAIL_POINTS + 8)
        if self.images is not None:
            self._draw_thumbnails(ax, places, top)
        ax.set_ylim(len(top) - 0.4, -0.6)  # the first on top
        ax.grid(axis="x", alpha=0.3)
        ax.set_axisbelow(True)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def plot_curve(self, flips: float | None = None, ax: Axes | None = None) -> Self:
        """Draw what checking buys against how many labels have been checked and found correct.

        Parameters
        ----------
        flips : int or float, default=None
            Draw the certified accuracy at so many label flips, or such a share of the training labels; ``None`` draws
            the median radius.
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.

        Returns
        -------
        display : AuditDisplay
            Itself, with ``ax_`` and ``figure_``.

        Raises
        ------
        ValueError
            If there is no curve, or `flips` is neither a number of flips nor a share.
        """
        if self.curve is None:
            raise ValueError("There is no curve: pass curve=checking_curve(estimator, X, y, audit=audit).")
        if flips is None:
            heights = np.minimum(self.curve.median_radius, self.curve.results[0].n_train)
            ylabel = "Median radius in label flips"
        else:
            heights, ylabel = self.curve.certified_accuracy(flips), f"Certified accuracy at {flips:.6g} label flips"
        ax = new_axes(figsize=(6.4, 4.0)) if ax is None else ax
        ax.plot(self.curve.n_checked, heights, "o-", color=BLUE)
        ax.set(xlabel="Labels checked, the most suspect first, and found correct", ylabel=ylabel)
        ax.set_ylim(min(heights.min(), 0.0) - 0.05 * max(heights.max(), 0.1), None)
        ax.grid(alpha=0.3)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_thumbnails(self, ax, places, rows):
        from matplotlib.offsetbox import AnnotationBbox, OffsetImage

        images = np.asarray(self.images)[rows].astype(np.float64)
        low, high = images.min(), images.max()
        images = (images - low) / (high - low) if high > low else np.zeros_like(images)
        for place, image in zip(places, images):
            thumbnail = OffsetImage(
                image, zoom=_THUMBNAIL_POINTS / max(image.shape[:2]), cmap="gray", interpolation="nearest"
            )
            thumbnail.image.set_clim(0, 1)
            ax.add_artist(
                AnnotationBbox(
                    thumbnail,
                    (0, place),
                    xycoords=ax.get_yaxis_transform(),
                    xybox=(-4, 0),
                    boxcoords="offset points",
                    box_alignment=(1, 0.5),
                    frameon=False,
                    pad=0,
                )
            )


def _as_images(X, image_shape):
    """Rows as images, of shape (n, height, width) if there is one channel."""
    if len(image_shape) not in (2, 3) or (len(image_shape) == 3 and image_shape[2] not in (1, 3, 4)):
        raise ValueError(
            f"image_shape={image_shape} must be (height, width), or (height, width, channels) with 1, 3 or 4 channels."
        )
    if X[0].size != np.prod(image_shape):
        raise ValueError(f"image_shape={image_shape} does not fit rows of X_train with {X[0].size} values.")
    return X.reshape(X.shape[0], *(image_shape[:2] if image_shape[2:] == (1,) else image_shape))

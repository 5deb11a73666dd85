"""The training labels that predictions hang on, with pictures where rows are images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..inspection import LabelAudit, audit_labels
from ._axes import BLUE, SKY, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from typing_extensions import Self

_THUMBNAIL_POINTS = 20


class AuditDisplay:
    """Ranking of the training labels by how many predictions hang on them.

    Use `from_audit` or `from_estimator` to make one; the constructor stores what it is given.

    Parameters
    ----------
    audit : skcert.inspection.LabelAudit
        The ranking.
    images : ndarray of shape (n_train, height, width) or (n_train, height, width, 3 or 4), default=None
        Training rows as images, for thumbnails.
    labels : array-like of shape (n_train,), default=None
        Training labels, shown next to the row numbers.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the ranking.
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
    ...     network, X[500:600] / 16, X_train=X[:500], image_shape=(8, 8), y_train=y[:500]
    ... )  # doctest: +SKIP
    """

    def __init__(
        self, audit: LabelAudit, *, images: NDArray[Any] | None = None, labels: NDArray[Any] | None = None
    ) -> None:
        self.audit = audit
        self.images = images
        self.labels = labels

    @classmethod
    def from_audit(
        cls,
        audit: LabelAudit,
        X_train: ArrayLike | None = None,
        image_shape: tuple[int, ...] | None = None,
        *,
        y_train: ArrayLike | None = None,
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
            If only one of `X_train` and `image_shape` is given, they do not fit each other, or an array does not have
            one row per training label.
        """
        if (X_train is None) != (image_shape is None):
            raise ValueError("X_train and image_shape belong together: the rows, and the shape of the images in them.")
        n_train = len(audit.ranking)
        for argument, rows in (("X_train", X_train), ("y_train", y_train)):
            if rows is not None and np.shape(rows)[0] != n_train:
                raise ValueError(
                    f"{argument} has {np.shape(rows)[0]} rows, but the audit is about {n_train} training labels."
                )
        images = (
            None if X_train is None or image_shape is None else _as_images(np.asarray(X_train), tuple(image_shape))
        )
        labels = None if y_train is None else np.asarray(y_train)
        return cls(audit, images=images, labels=labels).plot(ax=ax, n_labels=n_labels)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        *,
        X_train: ArrayLike | None = None,
        image_shape: tuple[int, ...] | None = None,
        y_train: ArrayLike | None = None,
        n_labels: int = 20,
        ax: Axes | None = None,
    ) -> Self:
        """Audit the labels of a fitted estimator and plot.

        Parameters
        ----------
        estimator : estimator
            Anything that `skcert.inspection.audit_labels` takes: a fitted classifier, pipeline or search.
        X : array-like of shape (n_test, n_features)
            Rows whose predictions matter, as ``estimator.predict`` takes them.
        X_train : array-like of shape (n_train, n_features), default=None
            Training rows, if they are images. They are only shown, so they may differ from the rows that `estimator`
            was fitted on.
        image_shape : tuple, default=None
            (height, width), or (height, width, channels) with 1, 3 or 4 channels. Needed with `X_train`.
        y_train : array-like of shape (n_train,), default=None
            Training labels, shown next to the row numbers.
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
        return cls.from_audit(audit, X_train, image_shape, y_train=y_train, n_labels=n_labels, ax=ax)

    def plot(self, ax: Axes | None = None, *, n_labels: int = 20) -> Self:
        """Draw the first labels of the ranking.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None creates new ones.
        n_labels : int, default=20
            How many labels to show.

        Returns
        -------
        display : AuditDisplay
            Itself, with ``ax_`` and ``figure_``.
        """
        top = self.audit.ranking[:n_labels]
        places = np.arange(len(top))
        if ax is None:
            ax = new_axes(figsize=(6.4, 1.2 + 0.33 * len(top)))
        ax.barh(places, self.audit.n_attacks[top], color=SKY, label="predictions whose smallest attack flips it")
        ax.barh(
            places,
            self.audit.pressure[top],
            height=0.4,
            color=BLUE,
            label="pressure: each attack shared among its flips",
        )
        names = [f"row {row}" if self.labels is None else f"row {row}: {self.labels[row]}" for row in top]
        ax.set_yticks(places, [name.replace("$", r"\$") for name in names])
        ax.tick_params(axis="y", length=0, pad=4 if self.images is None else _THUMBNAIL_POINTS + 8)
        if self.images is not None:
            self._draw_thumbnails(ax, places, top)
        ax.set_ylim(len(top) - 0.4, -0.6)  # the first on top
        ax.set(xlabel=f"Predictions, out of {self.audit.n_test} with a known attack")
        ax.grid(axis="x", alpha=0.3)
        ax.set_axisbelow(True)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
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

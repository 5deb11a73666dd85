"""A transformer: patch features of images.

Features for raw images that need neither labels nor a GPU: k-means on whitened patches, and how close each part of an
image is to each of the patches found. Copy this file next to your own; `plot_patch_features.py` uses it, and
`docs/features.md` says when to.

Source: A. Coates, H. Lee, A. Y. Ng, "An analysis of single-layer networks in unsupervised feature learning",
AISTATS 2011; A. Coates, A. Y. Ng, "The importance of encoding versus training with sparse coding and vector
quantization", ICML 2011.
"""

from numbers import Integral, Real

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils import check_random_state, check_scalar, gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits  # scikit-learn depends on it

# Distances of this many bytes stay in the processor's cache from one operation to the next.
_CACHE_BYTES = 2**22


class PatchFeatures(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """How close each part of an image is to each of the patches found by k-means, without labels.

    `fit` draws random patches, normalises their contrast, whitens them (ZCA), and runs k-means. `transform` takes
    every patch of an image, and its distance z_k to each centroid k, to the activation max(0, mean(z) - z_k)
    ("triangle"): zero for the centroids farther away than the average one. Activations are summed over each
    part of the image.

    Neither looks at labels, so certificates downstream hold: ``uses_labels`` is False, and `skcert.certify` accepts
    it. The scale of the pixels does not matter, nor does a constant added to them.

    Parameters
    ----------
    image_shape : tuple of (int, int, int)
        Height, width and channels of the images that are the rows of X, flat in this order.
    n_patches : int, default=400
        Number of centroids. More of them give better features and take longer.
    patch_size : int, default=6
        Height and width of a patch, in pixels.
    stride : int, default=1
        Pixels from one patch of an image to the next.
    pool : int, default=2
        Activations are summed over pool * pool parts of the image: 2 for quadrants.
    n_sampled : int, default=100_000
        Number of random patches for whitening and k-means.
    contrast_regularization : float, default=0.01
        Added to each patch's variance before the patch is divided by its root, as a share of the mean variance of
        the random patches: keeps noise in nearly uniform patches small.
    whitening_regularization : float, default=0.1
        Added to each eigenvalue of the covariance of patches after contrast normalisation: keeps noise in
        directions of little variance small.
    random_state : int, RandomState instance or None, default=None
        Draws the patches, and seeds k-means. Give an int: certificates are about refits with the same
        features.

    Attributes
    ----------
    contrast_floor_ : float
        Added to each patch's variance.
    whitening_ : ndarray of shape (n_values, n_values), float32
        Whitens patches of n_values = patch_size * patch_size * channels values, after contrast normalisation.
    offset_ : ndarray of shape (n_values,), float32
        Subtracted from patches after whitening: their mean.
    centroids_ : ndarray of shape (n_patches, n_values), float32
        Centroids of whitened patches, with values in (channels, height, width) order.
    n_features_in_ : int
        Number of pixel values in an image.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> X, _ = load_digits(return_X_y=True)
    >>> features = PatchFeatures((8, 8, 1), n_patches=20, patch_size=3, n_sampled=2000, random_state=0).fit(X)
    >>> features.transform(X[:5]).shape
    (5, 80)
    """

    uses_labels = False

    def __init__(
        self,
        image_shape,
        *,
        n_patches=400,
        patch_size=6,
        stride=1,
        pool=2,
        n_sampled=100_000,
        contrast_regularization=0.01,
        whitening_regularization=0.1,
        random_state=None,
    ):
        self.image_shape = image_shape
        self.n_patches = n_patches
        self.patch_size = patch_size
        self.stride = stride
        self.pool = pool
        self.n_sampled = n_sampled
        self.contrast_regularization = contrast_regularization
        self.whitening_regularization = whitening_regularization
        self.random_state = random_state

    def fit(self, X, y=None):
        """Find the patches.

        Parameters
        ----------
        X : array-like of shape (n_images, height * width * channels)
            Images, flat.
        y : None
            Ignored.

        Returns
        -------
        self : PatchFeatures

        Raises
        ------
        ValueError, TypeError
            For a parameter out of its range, or rows that are not images of `image_shape`.
        """
        self._check_parameters()
        X = validate_data(self, X, order="C")
        self._check_width(X)
        random_state = check_random_state(self.random_state)
        patches = self._random_patches(X, random_state)
        self.contrast_floor_ = self.contrast_regularization * float(patches.var(axis=1).mean())
        _normalise_contrast(patches, self.contrast_floor_)
        self.whitening_ = _zca(patches, self.whitening_regularization)
        self.offset_ = patches.mean(axis=0) @ self.whitening_
        whitened = patches @ self.whitening_ - self.offset_
        kmeans = MiniBatchKMeans(
            self.n_patches, batch_size=4096, n_init=1, random_state=random_state
        ).fit(whitened)
        self.centroids_ = kmeans.cluster_centers_.astype(np.float32, copy=False)
        self._n_features_out = self.pool**2 * self.n_patches
        return self

    def transform(self, X):
        """Features of images.

        Images are processed in chunks that take at most ``sklearn.get_config()["working_memory"]`` (or one image), so
        memory beyond X and the result does not depend on the number of images.

        Parameters
        ----------
        X : array-like of shape (n_images, height * width * channels)
            Images, flat. Whole numbers, such as uint8, are converted chunk by chunk.

        Returns
        -------
        features : ndarray of shape (n_images, pool * pool * n_patches), float32
            Summed activations: all centroids for the upper left part of the image, then for the part on its right,
            and so on, row by row.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        features = np.empty((X.shape[0], self._n_features_out), dtype=np.float32)
        to_parts = self._sums_over_parts()
        with threadpool_limits(1, user_api="blas"):  # products are small: threads would mostly wait
            for rows in gen_batches(X.shape[0], self._chunk_images()):
                activations = self._activations(X[rows].reshape(-1, *self.image_shape))
                features[rows] = np.matmul(to_parts, activations).reshape(activations.shape[0], -1)
        return features

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # always float32
        return tags

    def _check_parameters(self):
        shape = self.image_shape
        if not (
            isinstance(shape, (tuple, list))
            and len(shape) == 3
            and all(isinstance(size, Integral) and size >= 1 for size in shape)
        ):
            raise ValueError(
                f"image_shape={shape!r} must be (height, width, channels): three positive whole numbers."
            )
        for name in ("n_patches", "patch_size", "stride", "pool", "n_sampled"):
            check_scalar(getattr(self, name), name, Integral, min_val=1)
        for name in ("contrast_regularization", "whitening_regularization"):
            check_scalar(getattr(self, name), name, Real, min_val=0, include_boundaries="left")
        if self.patch_size > min(shape[:2]):
            raise ValueError(
                f"patch_size={self.patch_size} must be at most {min(shape[:2])}, for images of {shape}."
            )
        if self.pool > min(self._grid()):
            raise ValueError(
                f"pool={self.pool} must be at most {min(self._grid())}, the number of patches from one side of the "
                "image to the other: lower it, or patch_size, or stride."
            )
        if self.n_sampled < self.n_patches:
            raise ValueError(
                f"n_sampled={self.n_sampled} must be at least n_patches={self.n_patches}."
            )

    def _check_width(self, X):
        n_values = int(np.prod(self.image_shape))
        if X.shape[1] != n_values:
            raise ValueError(
                f"image_shape={self.image_shape} means {n_values} values per row; X has {X.shape[1]}. Give the "
                "height, width and channels of the images."
            )

    def _grid(self):
        """Rows and columns of patches in an image."""
        height, width, _ = self.image_shape
        return tuple((side - self.patch_size) // self.stride + 1 for side in (height, width))

    def _random_patches(self, X, random_state):
        """Patches at random places of random images, of shape (n_sampled, n_values)."""
        windows = _windows(X.reshape(-1, *self.image_shape), self.patch_size)
        places = [random_state.randint(size, size=self.n_sampled) for size in windows.shape[:3]]
        return windows[tuple(places)].reshape(self.n_sampled, -1).astype(np.float32)

    def _chunk_images(self):
        """Number of images whose patches and activations fit into cache and working memory."""
        n_places = self._grid()[0] * self._grid()[1]
        image_bytes = 4 * n_places * (self.n_patches + 3 * self.offset_.size)
        return max(1, int(min(_CACHE_BYTES, get_config()["working_memory"] * 2**20) // image_bytes))

    def _activations(self, images):
        """Activations of shape (n_images, n_places, n_patches), place by place.

        Products are computed image by image, with the same shape each time: how images are put into chunks changes
        nothing.
        """
        windows = _windows(images, self.patch_size)[:, :: self.stride, :: self.stride]
        patches = windows.astype(np.float32, order="C").reshape(
            images.shape[0], windows.shape[1] * windows.shape[2], -1
        )
        _normalise_contrast(patches, self.contrast_floor_)
        whitened = np.matmul(patches, self.whitening_)
        whitened -= self.offset_
        distances = _distances(whitened, self.centroids_)
        mean = np.matmul(distances, np.full(self.n_patches, 1 / self.n_patches, dtype=np.float32))
        activations = np.subtract(mean[..., np.newaxis], distances, out=distances)
        return np.maximum(activations, 0, out=activations)

    def _sums_over_parts(self):
        """The matrix of zeros and ones, of shape (pool * pool, n_places), that sums over each part of the image."""
        of_rows, of_columns = (np.arange(size) * self.pool // size for size in self._grid())
        part = (self.pool * of_rows[:, np.newaxis] + of_columns).ravel()
        return (np.arange(self.pool**2)[:, np.newaxis] == part).astype(np.float32)


def _windows(images, size):
    """All patches of images (n, height, width, channels), as a view (n, rows, columns, channels, size, size)."""
    return sliding_window_view(images, (size, size), axis=(1, 2))


def _normalise_contrast(patches, floor):
    """Mean 0 and a variance of about 1 for each patch, in place; uniform patches become 0."""
    patches -= patches.mean(axis=-1, keepdims=True)
    variance = np.einsum("...i,...i->...", patches, patches)[..., np.newaxis] / patches.shape[
        -1
    ] + np.float32(floor)
    patches /= np.sqrt(variance, where=variance > 0, out=np.ones_like(variance))


def _zca(patches, regularization):
    """The symmetric matrix that makes the patches' covariance the identity, up to the regularisation."""
    values, vectors = np.linalg.eigh(
        np.cov(patches, rowvar=False, dtype=np.float64).reshape(2 * patches.shape[1:])
    )
    values = np.maximum(values, 0) + regularization
    inverse_roots = np.divide(1, np.sqrt(values), where=values > 0, out=np.zeros_like(values))
    return ((vectors * inverse_roots) @ vectors.T).astype(np.float32)


def _distances(rows, centroids):
    """Euclidean distances, of shape (..., n_rows, n_centroids), by one matrix product: |x|^2 + |c|^2 - 2 x.c."""
    squares = np.einsum("...i,...i->...", rows, rows)[..., np.newaxis]
    left = np.concatenate([rows, squares, np.ones_like(squares)], axis=-1)
    of_centroids = np.einsum("ki,ki->k", centroids, centroids)[:, np.newaxis]
    right = np.concatenate([-2 * centroids, np.ones_like(of_centroids), of_centroids], axis=-1)
    distances = np.matmul(left, right.T)
    np.maximum(distances, 0, out=distances)  # rounding may have gone below 0
    return np.sqrt(distances, out=distances)

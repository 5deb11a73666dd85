"""NNGP and NTK of convolutional networks of infinite width, in closed form."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._utils import compiled
from ._activations import Layer, as_dtype, make_layer
from ._blocks import blocks
from ._door import as_points, check_image_shape, check_network, check_sizes, is_whole, squared_lengths
from ._pixel_planes import LANES, add_plane, image_scales, plane_buffers
from ._symmetry import mirror_lower_triangle
from ._threads import run_in_threads

READOUTS = ("flatten", "gap")

# Images of X and of Y in one task. The scales of a task's images are computed in it, which costs about half as
# much as the same images of Y with one block of X, so "flatten" uses tasks as large as memory allows.
_TASK_IMAGES = {"flatten": (32, 64), "gap": (2, 16)}


def convolutional_kernel(
    X: ArrayLike,
    Y: ArrayLike | None = None,
    *,
    image_shape: tuple[int, int, int],
    kind: str = "ntk",
    depth: int = 1,
    filter_size: int = 3,
    readout: str = "flatten",
    activation: str = "relu",
    negative_slope: float = 0.2,
    w_std: float = 2**0.5,
    b_std: float = 0.0,
    n_jobs: int | None = None,
) -> NDArray[np.floating]:
    """Kernel of an infinitely wide convolutional network.

    ``depth`` convolutions (stride 1, zero padding to the same size), each followed by the activation, then a readout
    and a dense layer with one output. With c channels the recursion starts at
    ``K(p, p') = x[p] @ y[p'] / c`` for all pixels p of one image and p' of the other. Each layer averages K over the
    filter window, ``K(p, p') <- w_std**2 * mean_s K(p + s, p' + s) + b_std**2``, and applies the dual activation
    pixel by pixel, as `fully_connected_kernel` does.

    Parameters
    ----------
    X : array-like of shape (n_samples_X, height * width * n_channels)
        Images as flat rows in (height, width, channels) order, float32 or float64 (other real numbers are converted
        to float64).
    Y : array-like of shape (n_samples_Y, height * width * n_channels), default=None
        Second set of images; ``None`` takes X, and gives an exactly symmetric matrix at half the cost.
    image_shape : tuple of (int, int, int)
        Height, width and number of channels.
    kind : {"ntk", "nngp"}, default="ntk"
        Neural tangent kernel (all layers trained) or Gaussian-process kernel (last layer trained).
    depth : int, default=1
        Number of convolutions, each with an activation; 0 leaves only the readout of the pixels.
    filter_size : int, default=3
        Height and width of the filters. Even ones reach one pixel further down and to the right.
    readout : {"flatten", "gap"}, default="flatten"
        What follows the last activation: "flatten" connects all pixels with weights of their own, "gap" averages
        them (global average pooling), which compares every pixel with every pixel of the other image and costs
        height * width times as much.
    activation : {"relu", "leaky_relu", "erf", "identity"}, default="relu"
        Nonlinearity of the hidden layers.
    negative_slope : float, default=0.2
        Slope of "leaky_relu" below 0; not used by the others.
    w_std : float, default=sqrt(2)
        Standard deviation of the weights (before the division by the square root of the fan-in).
    b_std : float, default=0.0
        Standard deviation of the biases.
    n_jobs : int, default=None
        Threads; ``None`` takes what a ``joblib.parallel_config`` says, otherwise as many as BLAS may use; -1 takes all
        cores. Results do not depend on it.

    Returns
    -------
    kernel : ndarray of shape (n_samples_X, n_samples_Y)
        Kernel values, of the dtype of X and Y (float32 only if both are).

    Raises
    ------
    ValueError
        If a parameter is outside its range, the arrays are not two-dimensional or do not hold real numbers, rows are
        not images of that shape, or entries are NaN, infinite, or so large that kernel values overflow.

    See Also
    --------
    fully_connected_kernel : Networks without convolutions.

    Notes
    -----
    Time is proportional to pixels (pairs of pixels for "gap") times depth; single precision takes about a third of the
    time of double. In addition to the result, a thread holds the pairs of one image with 16 others, and two numbers
    per layer and pixel for up to 48 images. Y is processed in blocks of 16 images, so a few rows of Y against many of
    X waste time.

    References
    ----------
    Arora et al. 2019 (arXiv 1904.11955), CNTK; Novak et al. 2019 (arXiv 1810.05148) and Garriga-Alonso et al. 2019
    (arXiv 1808.05587), CNN-NNGP; the parametrisation is that of neural-tangents.

    Examples
    --------
    >>> import numpy as np
    >>> from skcert.kernels import convolutional_kernel
    >>> images = np.eye(2, 16)  # two images of 4 x 4 pixels, each with one bright pixel at the border
    >>> convolutional_kernel(images, image_shape=(4, 4, 1), depth=2, readout="gap").round(5)
    array([[0.01492, 0.01901],
           [0.01901, 0.02955]])
    """
    check_network(kind, depth, activation, negative_slope, w_std, b_std, n_jobs)
    if readout not in READOUTS:
        raise ValueError(f"readout={readout!r} is unknown; choose one of {list(READOUTS)}.")
    if not is_whole(filter_size, 1):
        raise ValueError(f"filter_size={filter_size!r} must be a whole number of pixels, 1 or more.")
    X, Y, symmetric = as_points(X, Y)
    height, width, n_channels = check_image_shape(image_shape, X.shape[1])
    squared_lengths("X", X)
    if not symmetric:
        squared_lengths("Y", Y)
    dtype = X.dtype
    # what rounding leaves undetermined in the cosine of two pixels, from the sum over channels on
    resolution = np.finfo(dtype).eps * (8.0 + 2.0 * np.sqrt(n_channels))
    network = _Network(
        depth=depth,
        filter_size=filter_size,
        weights=as_dtype(dtype, w_std**2 / filter_size**2, b_std**2),
        layer=make_layer(activation, negative_slope, 1.0, 0.0, resolution, kind, dtype),
        offsets=_offsets(readout, height, width),
    )
    mean_of = height * width if readout == "flatten" else (height * width) ** 2
    X, Y = (images.reshape(-1, height, width, n_channels) for images in (X, Y))
    kernel = np.empty((X.shape[0], Y.shape[0]), dtype=dtype)

    def fill(task):
        rows, columns = task
        with np.errstate(over="ignore", invalid="ignore"):
            values = _summed_over_pixels(X[rows], Y[columns], network) * (w_std**2 / mean_of) + b_std**2
            kernel[rows, columns] = values
        check_sizes("X" if symmetric else "X and Y", np.abs(kernel[rows, columns]))

    task_rows, task_columns = _TASK_IMAGES[readout]
    tasks = [
        (rows, columns)
        for rows in blocks(X.shape[0], task_rows)
        for columns in blocks(Y.shape[0], task_columns)
        if not symmetric or columns.start < rows.stop
    ]
    run_in_threads(fill, tasks, n_jobs)
    if symmetric:
        mirror_lower_triangle(kernel)
    return kernel


class _Network(NamedTuple):
    depth: int
    filter_size: int
    weights: tuple
    layer: Layer
    offsets: np.ndarray


def _offsets(readout, height, width):
    """Steps from the pixel of one image to the pixel of the other that the readout pairs, shape (n_offsets, 2)."""
    if readout == "flatten":
        return np.zeros((1, 2), dtype=np.int64)
    return np.array(list(product(range(1 - height, height), range(1 - width, width))))


def _summed_over_pixels(X, Y, network):
    """Kernel before the dense layer, summed over the readout's pixel pairs, shape (n_samples_X, n_samples_Y)."""
    diagonal = (network.depth, network.filter_size, network.weights, network.layer._replace(tangent=False))
    own_scales = [_by_image(image_scales(_as_block(X[lanes]), *diagonal)) for lanes in blocks(X.shape[0], LANES)]
    own_scales = np.concatenate(own_scales)
    sums = np.empty((X.shape[0], Y.shape[0]))
    for lanes in blocks(Y.shape[0], LANES):
        block = _as_block(Y[lanes])
        total = _sum_over_planes(
            X,
            own_scales,
            block,
            image_scales(block, *diagonal),
            network.offsets,
            network.filter_size,
            network.weights,
            network.layer,
        )
        sums[:, lanes] = total[:, : lanes.stop - lanes.start]
    return sums


def _as_block(images):
    """Up to LANES images (n, height, width, n_channels) as (height, n_channels, width * LANES), blank ones added."""
    n, height, width, n_channels = images.shape
    block = np.zeros((height, n_channels, width, LANES), dtype=images.dtype)
    block[..., :n] = images.transpose(1, 3, 2, 0)
    return block.reshape(height, n_channels, width * LANES)


def _by_image(scales):
    """Scales image by image: from (2, depth, height, width * LANES) to (LANES, 2, depth, height, width)."""
    by_lane = scales.reshape(*scales.shape[:3], scales.shape[3] // LANES, LANES)
    return np.ascontiguousarray(np.moveaxis(by_lane, -1, 0))


@compiled(error_model="numpy")
def _sum_over_planes(images, scales, block, block_scales, offsets, filter_size, weights, layer):
    """Sums over all pixel pairs of given offsets, for each image and each of a block, shape (n_images, LANES)."""
    total = np.zeros((images.shape[0], LANES))
    buffers = plane_buffers(images.shape[1], images.shape[2], filter_size, images)
    for i in range(images.shape[0]):
        for o in range(offsets.shape[0]):
            offset = (offsets[o, 0], offsets[o, 1])
            add_plane(
                images[i], scales[i], block, block_scales, offset, filter_size, weights, layer, buffers, total[i]
            )
    return total

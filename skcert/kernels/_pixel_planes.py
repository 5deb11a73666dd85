"""Planes of pixel pairs: how a convolutional network maps one image and a block of others.

A convolution moves both pixels of a pair (p, p') by the same step, so it mixes pairs of one offset p' - p only. The
pairs of one offset form a plane, at most as large as the image, that goes through all layers separately, in cache.
One image meets a block of others at a time; the block is the innermost axis, over which loops are vectorised: a row of
a plane has shape (width * LANES,).

A plane's state is k, the covariance of two pixels' activations, and theta, the sum of k and of their tangent kernel.
Convolution, weights and biases act on both alike.
"""

import numpy as np

from .._utils import compiled, compiled_part
from ._activations import activation_layer, point_layer

LANES = 16


@compiled(error_model="numpy", fastmath={"contract"})
def image_scales(block, depth, filter_size, weights, layer):
    """Scales and inverse scales of each pixel before each activation, for a block of images.

    Parameters
    ----------
    block : ndarray of shape (height, n_channels, width * LANES)
    depth, filter_size : int
    weights : tuple of (factor, summand)
        What convolution does apart from summing over the window.
    layer : Layer
        The activation, without weights, biases and tangent kernel.

    Returns
    -------
    scales : ndarray of shape (2, depth, height, width * LANES)
    """
    height, n_channels, length = block.shape
    planes = np.zeros((2, height + 1, length), block.dtype)
    no_theta = planes[0, height]  # a row of its own: loops over arrays that overlap are not vectorised
    padded = np.zeros(length + filter_size * LANES, block.dtype)
    scales = np.empty((2, depth, height, length), block.dtype)
    for y in range(height):
        variance = planes[0, y]
        for c in range(n_channels):
            values = block[y, c]
            for j in range(length):
                variance[j] += values[j] * values[j]
        _divide(variance, n_channels)
    for ahead in range(depth):
        before, after = planes[ahead % 2], planes[(ahead + 1) % 2]
        for y in range(height):
            variance = after[y]
            _convolve_row(before, y, height, length, filter_size, weights, padded, variance)
            point_layer(variance, no_theta, scales[0, ahead, y], scales[1, ahead, y], layer)
    return scales


@compiled_part(error_model="numpy", fastmath={"contract"})
def plane_buffers(height, width, filter_size, dtype_of):
    """Room for `add_plane`: planes of k and theta before and after a layer, two rows of scales, and a padded row."""
    planes = np.empty((4, height, width * LANES), dtype_of.dtype)
    rows = np.empty((2, width * LANES), dtype_of.dtype)
    padded = np.zeros((width + filter_size) * LANES, dtype_of.dtype)
    return planes, rows, padded


@compiled_part(error_model="numpy", fastmath={"contract"})
def add_plane(image, image_scales, block, block_scales, offset, filter_size, weights, layer, buffers, total):
    """Take the plane of one offset through all layers, and add its kernel values to ``total``.

    Parameters
    ----------
    image : ndarray of shape (height, width, n_channels)
        The one image.
    image_scales : ndarray of shape (2, depth, height, width)
        Its scales and inverse scales.
    block : ndarray of shape (height, n_channels, width * LANES)
        The other images.
    block_scales : ndarray of shape (2, depth, height, width * LANES)
        Their scales and inverse scales, from `image_scales`.
    offset : tuple of (int, int)
        Rows and columns from a pixel of the image to a pixel of the others.
    filter_size : int
    weights : tuple of (factor, summand)
        What convolution does apart from summing over the window.
    layer : Layer
        The activation, without weights and biases.
    buffers : tuple of ndarray
        From `plane_buffers`.
    total : ndarray of shape (LANES,), float64
        One sum over pixel pairs for each of the others.
    """
    planes, scale_rows, padded = buffers
    top, left = max(0, -offset[0]), max(0, -offset[1])  # of the image; the others' are these plus the offset
    height, width = image.shape[0] - abs(offset[0]), image.shape[1] - abs(offset[1])
    length = width * LANES
    start = (left + offset[1]) * LANES
    padded[(filter_size - 1) // 2 * LANES + length :] = 0.0
    for y in range(height):
        _multiply_row(image[top + y, left : left + width], block[top + y + offset[0]], start, planes[0, y, :length])
        planes[1, y, :length] = planes[0, y, :length]
    scale, inverse_scale = scale_rows[0, :length], scale_rows[1, :length]
    for ahead in range(image_scales.shape[1]):
        before, after = 2 * (ahead % 2), 2 * ((ahead + 1) % 2)
        for y in range(height):
            k, theta = planes[after, y, :length], planes[after + 1, y, :length]
            _convolve_row(planes[before], y, height, length, filter_size, weights, padded, k)
            if layer.tangent:
                _convolve_row(planes[before + 1], y, height, length, filter_size, weights, padded, theta)
            i, j = top + y, top + y + offset[0]
            for which in range(2):
                own, others = image_scales[which, ahead, i], block_scales[which, ahead, j]
                _multiply_scales(own[left : left + width], others[start : start + length], scale_rows[which])
            activation_layer(k, theta, scale, inverse_scale, layer)
    result = 2 * (image_scales.shape[1] % 2) + (1 if layer.tangent else 0)
    for y in range(height):
        _add_to_total(planes[result, y, :length], total)


@compiled_part(error_model="numpy", fastmath={"contract"})
def _convolve_row(plane, y, height, length, filter_size, weights, padded, out):
    """Row y of a plane, summed over the filter window, zero outside of the plane, times a factor plus a summand."""
    above = (filter_size - 1) // 2
    first, last = max(0, y - above), min(height - 1, y - above + filter_size - 1)
    centre = padded[above * LANES : above * LANES + length]
    if last - first == 2:
        above_row, row, below_row = plane[first], plane[first + 1], plane[first + 2]
        for j in range(length):
            centre[j] = above_row[j] + row[j] + below_row[j]
    else:
        centre[:] = plane[first, :length]
        for i in range(first + 1, last + 1):
            _add_row(plane[i], centre)
    if filter_size == 3:
        for j in range(length):
            out[j] = (padded[j] + padded[j + LANES] + padded[j + 2 * LANES]) * weights[0] + weights[1]
    else:
        out[:] = padded[:length]
        for i in range(1, filter_size):
            _add_row(padded[i * LANES :], out)
        for j in range(length):
            out[j] = out[j] * weights[0] + weights[1]


@compiled_part(error_model="numpy", fastmath={"contract"})
def _add_row(row, out):
    for j in range(out.shape[0]):
        out[j] += row[j]


@compiled_part(error_model="numpy", fastmath={"contract"})
def _multiply_row(pixels, others, start, out):
    """Channel mean of the products of pixels, (width, n_channels), and others, (n_channels, length) from a start."""
    out[:] = 0.0
    for c in range(others.shape[0]):
        other = others[c, start : start + out.shape[0]]
        for x in range(pixels.shape[0]):
            pixel = pixels[x, c]
            for j in range(x * LANES, (x + 1) * LANES):
                out[j] += pixel * other[j]
    _divide(out, others.shape[0])


@compiled_part(error_model="numpy", fastmath={"contract"})
def _multiply_scales(own, others, out):
    """Products of the scales of a row of pixels, (width,), and of others, (width * LANES,)."""
    for x in range(own.shape[0]):
        scale = own[x]
        for j in range(x * LANES, (x + 1) * LANES):
            out[j] = scale * others[j]


@compiled_part(error_model="numpy", fastmath={"contract"})
def _divide(row, count):
    divisor = row.dtype.type(count)
    for j in range(row.shape[0]):
        row[j] /= divisor


@compiled_part(error_model="numpy", fastmath={"contract"})
def _add_to_total(row, total):
    """Add a row of a plane to the others' totals, (LANES,), in double precision."""
    for x in range(row.shape[0] // LANES):
        for j in range(LANES):
            total[j] += row[x * LANES + j]

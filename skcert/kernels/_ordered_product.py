"""A matrix product whose bits depend on a row and the matrix alone: not on the batch, the layout or the threads.

BLAS chooses its order of summation by the shapes of the arrays, so that a test row can get other label weights in a
batch than alone, and near a tie another prediction. Here every entry of ``A @ B`` is one chain of fused multiply-adds
in the order of the columns of A,

    ``c <- fma(a[t, j], b[j, i], c)   for j = 0, 1, ..., n - 1,   from c = 0``,

which IEEE 754 defines to the last bit. Work can be split by rows, by columns and in time without changing it. Most of
it is done in register tiles of 6 rows by 64 bytes, in the way of BLIS (Van Zee & van de Geijn 2015); what is left at
the edges, or few rows, in plain loops. `benchmarks/ordered_product.py` compares its speed with that of BLAS.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

from .._utils import compiled, read_only
from ._blocks import blocks
from ._threads import run_in_threads

_ROWS = 6  # of a register tile: with two vectors of 32 bytes each, 12 accumulators of the 16 registers of AVX2
_BYTES = 64  # width of a register tile
_DEPTH = 256  # terms added in one visit to a tile
_WIDTH = 128 * _BYTES  # bytes of B, for each of these terms, that are kept in the last-level cache
_WORTH_TILES = 24  # rows from which it pays to copy B
_FEW_WIDTH = 4096  # bytes of the result that a plain loop works on at a time
_WORTH_THREADS = 2**24  # multiplications from which threads pay


intrinsic: Any = extending.intrinsic  # its own type counts the typing context among the arguments


def ordered_product(A, B, n_jobs=1):
    """``A @ B``, each entry summed in the order of its terms.

    Parameters
    ----------
    A : ndarray of shape (n_rows, n_terms)
    B : ndarray of shape (n_terms, n_columns)
        Float32 or float64; if they differ, the product is computed in double precision.
    n_jobs : int or None, default=1
        Threads, as in `run_in_threads`. The product does not depend on it.

    Returns
    -------
    product : ndarray of shape (n_rows, n_columns)
    """
    dtype = np.result_type(A, B)
    A, B = np.ascontiguousarray(A, dtype=dtype), B.astype(dtype, copy=False)
    if not (B.flags.c_contiguous or B.flags.f_contiguous):
        B = np.ascontiguousarray(B)
    # one flat array and its strides, so that both layouts are the same to compiled code
    flat = read_only((B if B.flags.c_contiguous else B.T).reshape(-1))
    strides = (B.shape[1], 1) if B.flags.c_contiguous else (1, B.shape[0])
    product = np.zeros((A.shape[0], B.shape[1]), dtype=dtype)
    if A.shape[1] == 0:
        return product
    task_columns = _WIDTH // A.itemsize if product.size * A.shape[1] >= _WORTH_THREADS else max(B.shape[1], 1)
    run_in_threads(
        lambda columns: _add_product(read_only(A), flat, strides, product, columns.start, columns.stop),
        blocks(B.shape[1], task_columns),
        n_jobs,
    )
    return product


def _add_product(A, b, strides, product, first, last):
    """Add ``A @ B`` to some columns of the product; strides are those of rows and columns of B in ``b``."""
    n_rows, lanes = A.shape[0], _BYTES // A.itemsize
    tiled_rows = n_rows - n_rows % _ROWS if n_rows >= _WORTH_TILES else 0
    tiled_last = last - (last - first) % lanes
    if tiled_rows > 0:
        # one row more than is used: panels that are a power of two apart would share cache lines
        panels = np.empty((_WIDTH // _BYTES, _DEPTH + 1, lanes), dtype=A.dtype)
        rows = np.empty(_DEPTH * _ROWS, dtype=A.dtype)
        _add_tiles(A, b, *strides, product, tiled_rows, first, tiled_last, rows, panels.reshape(-1))
    add_the_rest = _add_by_rows if strides[1] == 1 else _add_by_columns
    for top, bottom, left, right in ((0, tiled_rows, tiled_last, last), (tiled_rows, n_rows, first, last)):
        if top < bottom and left < right:
            add_the_rest(A, b, max(strides), product, top, bottom, left, right)


@intrinsic
def _fma(typing_context, a, b, c):
    """``a * b + c``, rounded once."""

    def emit(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return a(a, b, c), emit


@intrinsic
def _add_tile(typing_context, a, b, b_first, n_terms, c, c_first, c_stride):
    """Add `n_terms` terms to a tile of `_ROWS` rows and `_BYTES` bytes of c, which stays in registers meanwhile.

    a, b and c are one-dimensional. Term by term, a has the entries of the tile's rows next to each other, and b from
    ``b_first`` on those of its columns; entry (r, i) of the tile is at ``c_first + r * c_stride + i``.
    """
    real = a.dtype
    lanes = _BYTES // (real.bitwidth // 8)

    def emit(context, builder, signature, arguments):
        b_first, n_terms, c_first, c_stride = (arguments[k] for k in (2, 3, 5, 6))
        a_data, b_data, c_data = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (0, 1, 4)
        )
        index = n_terms.type
        vector = ir.VectorType(context.get_data_type(real), lanes)
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{lanes}f{real.bitwidth}"
        )
        splat = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        nothing = ir.Constant(vector, ir.Undefined)

        def place(data, first, step, stride):
            return builder.gep(data, [builder.add(first, builder.mul(step, stride))])

        def constant(number):
            return ir.Constant(index, number)

        def as_vector(pointer):
            return builder.bitcast(pointer, vector.as_pointer())

        def load_vector(pointer):
            loaded = builder.load(as_vector(pointer))
            loaded.align = real.bitwidth // 8
            return loaded

        tile = [place(c_data, c_first, constant(row), c_stride) for row in range(_ROWS)]
        sums = [cgutils.alloca_once_value(builder, load_vector(pointer)) for pointer in tile]
        with cgutils.for_range(builder, n_terms) as loop:
            from_b = load_vector(place(b_data, b_first, loop.index, constant(lanes)))
            for row, total in enumerate(sums):
                entry = builder.load(place(a_data, constant(row), loop.index, constant(_ROWS)))
                one = builder.insert_element(nothing, entry, ir.Constant(ir.IntType(32), 0))
                everywhere = builder.shuffle_vector(one, nothing, splat)
                builder.store(builder.call(fma, [everywhere, from_b, builder.load(total)]), total)
        for total, pointer in zip(sums, tile):
            stored = builder.store(builder.load(total), as_vector(pointer))
            stored.align = real.bitwidth // 8
        return context.get_dummy_value()

    arguments = (a, b, b_first, n_terms, c, c_first, c_stride)
    return types.void(*arguments), emit


@compiled
def _add_tiles(A, b, row_stride, column_stride, product, n_rows, first_column, last_column, rows, panels):
    """The part that whole tiles cover. A block of B is copied to where it is read again and again.

    Row j of panel p is at ``(p * (_DEPTH + 1) + j) * lanes`` in ``panels``, column j of A at ``_ROWS * j`` in
    ``rows``. The block is wide, because all of A is read again for each.
    """
    n_terms, n_columns = A.shape[1], product.shape[1]
    lanes, width = _BYTES // A.itemsize, _WIDTH // A.itemsize
    flat_product = product.reshape(-1)
    panel_size = (_DEPTH + 1) * lanes
    for left in range(first_column, last_column, width):
        n_panels = (width if last_column - left > width else last_column - left) // lanes
        for top in range(0, n_terms, _DEPTH):
            depth = n_terms - top if n_terms - top < _DEPTH else _DEPTH
            for j in range(depth):
                start = (top + j) * row_stride + left * column_stride
                for p in range(n_panels):
                    to_panel, from_b = panels[p * panel_size + j * lanes :], b[start + p * lanes * column_stride :]
                    if column_stride == 1:
                        for lane in range(lanes):
                            to_panel[lane] = from_b[lane]
                    else:
                        for lane in range(lanes):
                            to_panel[lane] = from_b[lane * column_stride]
            for t in range(0, n_rows, _ROWS):
                for row in range(_ROWS):
                    to_row, from_row = rows[row:], A[t + row, top : top + depth]
                    for j in range(depth):
                        to_row[_ROWS * j] = from_row[j]
                for p in range(n_panels):
                    to = t * n_columns + left + p * lanes
                    _add_tile(rows, panels, p * panel_size, depth, flat_product, to, n_columns)


@compiled
def _add_by_rows(A, b, stride, product, first_row, last_row, first_column, last_column):
    """The same sums in plain loops, eight terms at a time, where columns of B are next to each other."""
    n_terms, width = A.shape[1], _FEW_WIDTH // A.itemsize
    by_eights = n_terms - n_terms % 8
    for left in range(first_column, last_column, width):
        size = width if last_column - left > width else last_column - left
        for j in range(0, by_eights, 8):
            at = j * stride + left
            b0, b1, b2, b3 = b[at:], b[at + stride :], b[at + 2 * stride :], b[at + 3 * stride :]
            at += 4 * stride
            b4, b5, b6, b7 = b[at:], b[at + stride :], b[at + 2 * stride :], b[at + 3 * stride :]
            for t in range(first_row, last_row):
                c = product[t, left : left + size]
                a0, a1, a2, a3 = A[t, j], A[t, j + 1], A[t, j + 2], A[t, j + 3]
                a4, a5, a6, a7 = A[t, j + 4], A[t, j + 5], A[t, j + 6], A[t, j + 7]
                for i in range(size):
                    half = _fma(a3, b3[i], _fma(a2, b2[i], _fma(a1, b1[i], _fma(a0, b0[i], c[i]))))
                    c[i] = _fma(a7, b7[i], _fma(a6, b6[i], _fma(a5, b5[i], _fma(a4, b4[i], half))))
        for j in range(by_eights, n_terms):
            for t in range(first_row, last_row):
                for i in range(left, left + size):
                    product[t, i] = _fma(A[t, j], b[j * stride + i], product[t, i])


@compiled
def _add_by_columns(A, b, stride, product, first_row, last_row, first_column, last_column):
    """The same sums, eight entries at a time, where terms are next to each other in B."""
    n_terms = A.shape[1]
    by_eights = last_column - (last_column - first_column) % 8
    for i in range(first_column, by_eights, 8):
        at = i * stride
        b0, b1, b2, b3 = b[at:], b[at + stride :], b[at + 2 * stride :], b[at + 3 * stride :]
        at += 4 * stride
        b4, b5, b6, b7 = b[at:], b[at + stride :], b[at + 2 * stride :], b[at + 3 * stride :]
        for t in range(first_row, last_row):
            a, c = A[t], product[t, i : i + 8]
            c0, c1, c2, c3, c4, c5, c6, c7 = c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
            for j in range(n_terms):
                c0, c1, c2, c3 = (
                    _fma(a[j], b0[j], c0),
                    _fma(a[j], b1[j], c1),
                    _fma(a[j], b2[j], c2),
                    _fma(a[j], b3[j], c3),
                )
                c4, c5, c6, c7 = (
                    _fma(a[j], b4[j], c4),
                    _fma(a[j], b5[j], c5),
                    _fma(a[j], b6[j], c6),
                    _fma(a[j], b7[j], c7),
                )
            c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7] = c0, c1, c2, c3, c4, c5, c6, c7
    for i in range(by_eights, last_column):
        for t in range(first_row, last_row):
            for j in range(n_terms):
                product[t, i] = _fma(A[t, j], b[i * stride + j], product[t, i])

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

from .._utils import compiled
from ._blocks import blocks
from ._threads import run_in_threads

_ROWS = 6  # of a register tile: with two vectors of 32 bytes each, 12 accumulators of the 16 registers of AVX2
_BYTES = 64  # width of a register tile
_DEPTH = 192  # terms added in one visit to a tile
_WIDTH = 16 * _BYTES  # bytes of B, for each of these terms, that are kept in the second-level cache
_WORTH_TILES = 24  # rows from which it pays to copy B
_FEW_WIDTH = 4096  # bytes of the result that a plain loop works on at a time
_TASK_WIDTH = 8 * _WIDTH  # bytes of the result in one task for a thread
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
    product = np.zeros((A.shape[0], B.shape[1]), dtype=A.dtype)
    task_columns = _TASK_WIDTH // A.itemsize if product.size * A.shape[1] >= _WORTH_THREADS else max(B.shape[1], 1)
    run_in_threads(
        lambda columns: _add_product(A, B, product, columns.start, columns.stop),
        blocks(B.shape[1], task_columns),
        n_jobs,
    )
    return product


@intrinsic
def _fma(typing_context, a, b, c):
    """``a * b + c``, rounded once."""

    def emit(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return a(a, b, c), emit


@intrinsic
def _add_tile(typing_context, a, a_first, a_stride, b, b_first, b_stride, n_terms, c, c_first, c_stride):
    """Add `n_terms` terms to a tile of `_ROWS` rows and `_BYTES` bytes of c, which stays in registers meanwhile.

    a, b and c are one-dimensional; entry (r, j) of their parts is at ``first + r * stride + j``.
    """
    real = a.dtype
    lanes = _BYTES // (real.bitwidth // 8)

    def emit(context, builder, signature, arguments):
        a_first, a_stride, b_first, b_stride, n_terms, c_first, c_stride = (
            arguments[k] for k in (1, 2, 4, 5, 6, 8, 9)
        )
        a_data, b_data, c_data = (
            context.make_array(signature.args[k])(context, builder, arguments[k]).data for k in (0, 3, 7)
        )
        index = n_terms.type
        vector = ir.VectorType(context.get_data_type(real), lanes)
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{lanes}f{real.bitwidth}"
        )
        splat = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        nothing = ir.Constant(vector, ir.Undefined)

        def place(data, first, row, stride):
            return builder.gep(data, [builder.add(first, builder.mul(ir.Constant(index, row), stride))])

        def as_vector(pointer):
            return builder.bitcast(pointer, vector.as_pointer())

        def load_vector(pointer):
            loaded = builder.load(as_vector(pointer))
            loaded.align = real.bitwidth // 8
            return loaded

        tile = [place(c_data, c_first, row, c_stride) for row in range(_ROWS)]
        rows_of_a = [place(a_data, a_first, row, a_stride) for row in range(_ROWS)]
        sums = [cgutils.alloca_once_value(builder, load_vector(pointer)) for pointer in tile]
        with cgutils.for_range(builder, n_terms) as loop:
            from_b = load_vector(builder.gep(b_data, [builder.add(b_first, builder.mul(loop.index, b_stride))]))
            for total, row_of_a in zip(sums, rows_of_a):
                one = builder.insert_element(
                    nothing, builder.load(builder.gep(row_of_a, [loop.index])), ir.Constant(ir.IntType(32), 0)
                )
                everywhere = builder.shuffle_vector(one, nothing, splat)
                builder.store(builder.call(fma, [everywhere, from_b, builder.load(total)]), total)
        for total, pointer in zip(sums, tile):
            stored = builder.store(builder.load(total), as_vector(pointer))
            stored.align = real.bitwidth // 8
        return context.get_dummy_value()

    arguments = (a, a_first, a_stride, b, b_first, b_stride, n_terms, c, c_first, c_stride)
    return types.void(*arguments), emit


@compiled
def _add_product(A, B, product, first_column, last_column):
    """Add ``A @ B`` to some columns of the product."""
    lanes = _BYTES // A.itemsize
    tiled_rows = A.shape[0] - A.shape[0] % _ROWS if A.shape[0] >= _WORTH_TILES else 0
    tiled_columns = last_column - (last_column - first_column) % lanes
    if tiled_rows > 0:
        _add_tiles(A, B, product, tiled_rows, first_column, tiled_columns)
        _add_plainly(A[:tiled_rows], B, product[:tiled_rows], tiled_columns, last_column)
    _add_plainly(A[tiled_rows:], B, product[tiled_rows:], first_column, last_column)


@compiled
def _add_tiles(A, B, product, n_rows, first_column, last_column):
    """The part that whole tiles cover. A block of B is copied to where it is read again and again."""
    n_terms, n_columns = B.shape
    lanes = _BYTES // A.itemsize
    width = _WIDTH // A.itemsize
    # one row more than is used: panels that are a power of two apart would share cache lines
    panels = np.empty((width // lanes, _DEPTH + 1, lanes), A.dtype)
    rows = np.empty((_ROWS, _DEPTH + lanes), A.dtype)
    flat_rows, flat_panels, flat_product = rows.reshape(-1), panels.reshape(-1), product.reshape(-1)
    panel_size = (_DEPTH + 1) * lanes
    for left in range(first_column, last_column, width):
        n_panels = (min(width, last_column - left)) // lanes
        for top in range(0, n_terms, _DEPTH):
            depth = min(_DEPTH, n_terms - top)
            for j in range(depth):
                from_b = B[top + j, left : left + n_panels * lanes]
                for p in range(n_panels):
                    for lane in range(lanes):
                        panels[p, j, lane] = from_b[p * lanes + lane]
            for t in range(0, n_rows, _ROWS):
                for row in range(_ROWS):
                    from_row = A[t + row, top : top + depth]
                    for j in range(depth):
                        rows[row, j] = from_row[j]
                for p in range(n_panels):
                    to = t * n_columns + left + p * lanes
                    _add_tile(
                        flat_rows,
                        0,
                        _DEPTH + lanes,
                        flat_panels,
                        p * panel_size,
                        lanes,
                        depth,
                        flat_product,
                        to,
                        n_columns,
                    )


@compiled
def _add_plainly(A, B, product, first_column, last_column):
    """The same sums in plain loops, eight terms at a time."""
    n_terms = B.shape[0]
    by_eights = n_terms - n_terms % 8
    width = _FEW_WIDTH // A.itemsize
    for left in range(first_column, last_column, width):
        right = min(left + width, last_column)
        for j in range(0, by_eights, 8):
            b0, b1, b2, b3 = B[j, left:right], B[j + 1, left:right], B[j + 2, left:right], B[j + 3, left:right]
            b4, b5, b6, b7 = B[j + 4, left:right], B[j + 5, left:right], B[j + 6, left:right], B[j + 7, left:right]
            for t in range(A.shape[0]):
                c = product[t, left:right]
                a0, a1, a2, a3 = A[t, j], A[t, j + 1], A[t, j + 2], A[t, j + 3]
                a4, a5, a6, a7 = A[t, j + 4], A[t, j + 5], A[t, j + 6], A[t, j + 7]
                for i in range(right - left):
                    half = _fma(a3, b3[i], _fma(a2, b2[i], _fma(a1, b1[i], _fma(a0, b0[i], c[i]))))
                    c[i] = _fma(a7, b7[i], _fma(a6, b6[i], _fma(a5, b5[i], _fma(a4, b4[i], half))))
        for j in range(by_eights, n_terms):
            for t in range(A.shape[0]):
                for i in range(left, right):
                    product[t, i] = _fma(A[t, j], B[j, i], product[t, i])

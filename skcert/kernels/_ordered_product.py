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
    a, c = A.reshape(-1), product.reshape(-1)
    if tiled_rows > 0:
        # one row more than is used: panels that are a power of two apart would share cache lines
        panels = np.empty((_WIDTH // _BYTES, _DEPTH + 1, lanes), dtype=A.dtype)
        rows = np.empty(_DEPTH * _ROWS, dtype=A.dtype)
        _add_tiles(A, b, *strides, product, tiled_rows, first, tiled_last, rows, panels.reshape(-1))
    add_the_rest = _add_by_rows if strides[1] == 1 else _add_by_columns
    for top, bottom, left, right in ((0, tiled_rows, tiled_last, last), (tiled_rows, n_rows, first, last)):
        if top < bottom and left < right:
            add_the_rest(a, A.shape[1], b, max(strides), c, product.shape[1], top, bottom, left, right)


class _Code:
    """What the intrinsics below are written with: entries of arrays, one at a time or as vectors, and fused sums.

    They are intrinsics because Numba takes a second for the same loops, with their dozens of slices.
    """

    def __init__(self, context, builder, signature, arguments):
        self.context, self.builder, self.signature, self.arguments = context, builder, signature, arguments
        self.n_bits = signature.args[0].dtype.bitwidth
        self.lanes = 8 * _BYTES // self.n_bits
        self.number = context.get_data_type(signature.args[0].dtype)
        self.vector = ir.VectorType(self.number, self.lanes)

    def data(self, position):
        """Pointer to the first entry of the array at a position among the arguments."""
        make = self.context.make_array(self.signature.args[position])
        return make(self.context, self.builder, self.arguments[position]).data

    def entry(self, data, *steps):
        """Pointer to the entry at a sum of steps; a step is an index, or a pair of factors of one."""
        pointer = data
        for step in steps:
            index = self.builder.mul(*map(self.index, step)) if isinstance(step, tuple) else self.index(step)
            pointer = self.builder.gep(pointer, [index])
        return pointer

    def index(self, value):
        return ir.Constant(ir.IntType(64), value) if isinstance(value, int) else value

    def load(self, pointer, kind):
        loaded = self.builder.load(self.builder.bitcast(pointer, kind.as_pointer()))
        loaded.align = self.n_bits // 8
        return loaded

    def store(self, value, pointer):
        stored = self.builder.store(value, self.builder.bitcast(pointer, value.type.as_pointer()))
        stored.align = self.n_bits // 8

    def everywhere(self, number):
        """A vector of equal numbers."""
        nothing, first = ir.Constant(self.vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        splat = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(self.builder.insert_element(nothing, number, first), nothing, splat)

    def fma(self, a, b, c):
        """``a * b + c``, rounded once."""
        name = "llvm.fma." + (f"v{self.lanes}" if c.type == self.vector else "") + f"f{self.n_bits}"
        function = cgutils.get_or_insert_function(self.builder.module, ir.FunctionType(c.type, [c.type] * 3), name)
        return self.builder.call(function, [a, b, c])


@intrinsic
def _add_tile(typing_context, a, b, b_first, n_terms, c, c_first, c_stride):
    """Add `n_terms` terms to a tile of `_ROWS` rows and `_BYTES` bytes of c, which stays in registers meanwhile.

    a, b and c are one-dimensional. Term by term, a has the entries of the tile's rows next to each other, and b from
    ``b_first`` on those of its columns; entry (r, i) of the tile is at ``c_first + r * c_stride + i``.
    """

    def emit(context, builder, signature, arguments):
        code = _Code(context, builder, signature, arguments)
        a, b, c = code.data(0), code.data(1), code.data(4)
        b_first, n_terms, c_first, c_stride = (arguments[k] for k in (2, 3, 5, 6))
        tile = [code.entry(c, c_first, (row, c_stride)) for row in range(_ROWS)]
        sums = [cgutils.alloca_once_value(builder, code.load(pointer, code.vector)) for pointer in tile]
        with cgutils.for_range(builder, n_terms) as loop:
            from_b = code.load(code.entry(b, b_first, (loop.index, code.lanes)), code.vector)
            for row, total in enumerate(sums):
                from_a = code.everywhere(builder.load(code.entry(a, row, (loop.index, _ROWS))))
                builder.store(code.fma(from_a, from_b, builder.load(total)), total)
        for total, pointer in zip(sums, tile):
            code.store(builder.load(total), pointer)
        return context.get_dummy_value()

    arguments = (a, b, b_first, n_terms, c, c_first, c_stride)
    return types.void(*arguments), emit


def _adding_terms(count):
    """A function that adds `count` terms at once to some columns of a row."""

    @intrinsic
    def add_terms(typing_context, a, a_first, b, b_first, stride, c, c_first, n_columns):
        """Add ``a[a_first + k] * b[b_first + k * stride + i]``, for each term k, to ``c[c_first + i]``."""

        def emit(context, builder, signature, arguments):
            code = _Code(context, builder, signature, arguments)
            a, b, c = code.data(0), code.data(2), code.data(5)
            a_first, b_first, stride, c_first, n_columns = (arguments[k] for k in (1, 3, 4, 6, 7))
            from_a = [builder.load(code.entry(a, a_first, k)) for k in range(count)]
            from_b = [code.entry(b, b_first, (k, stride)) for k in range(count)]
            with cgutils.for_range(builder, n_columns) as loop:
                total = builder.load(code.entry(c, c_first, loop.index))
                for factor, row in zip(from_a, from_b):
                    total = code.fma(factor, builder.load(code.entry(row, loop.index)), total)
                builder.store(total, code.entry(c, c_first, loop.index))
            return context.get_dummy_value()

        arguments = (a, a_first, b, b_first, stride, c, c_first, n_columns)
        return types.void(*arguments), emit

    return add_terms


def _adding_columns(count):
    """A function that adds all terms to `count` entries of a row at once."""

    @intrinsic
    def add_columns(typing_context, a, a_first, n_terms, b, b_first, stride, c, c_first):
        """Add ``a[a_first + j] * b[b_first + i * stride + j]``, for each term j, to ``c[c_first + i]``."""

        def emit(context, builder, signature, arguments):
            code = _Code(context, builder, signature, arguments)
            a, b, c = code.data(0), code.data(3), code.data(6)
            a_first, n_terms, b_first, stride, c_first = (arguments[k] for k in (1, 2, 4, 5, 7))
            entries = [code.entry(c, c_first, i) for i in range(count)]
            columns = [code.entry(b, b_first, (i, stride)) for i in range(count)]
            sums = [cgutils.alloca_once_value(builder, builder.load(pointer)) for pointer in entries]
            with cgutils.for_range(builder, n_terms) as loop:
                from_a = builder.load(code.entry(a, a_first, loop.index))
                for column, total in zip(columns, sums):
                    from_b = builder.load(code.entry(column, loop.index))
                    builder.store(code.fma(from_a, from_b, builder.load(total)), total)
            for total, pointer in zip(sums, entries):
                builder.store(builder.load(total), pointer)
            return context.get_dummy_value()

        arguments = (a, a_first, n_terms, b, b_first, stride, c, c_first)
        return types.void(*arguments), emit

    return add_columns


_add_eight_terms, _add_term = _adding_terms(8), _adding_terms(1)
_add_eight_columns, _add_column = _adding_columns(8), _adding_columns(1)


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
def _add_by_rows(a, n_terms, b, stride, product, n_columns, first_row, last_row, first_column, last_column):
    """The same sums in plain loops, eight terms at a time, where columns of B are next to each other."""
    width = _FEW_WIDTH // a.itemsize
    by_eights = n_terms - n_terms % 8
    for left in range(first_column, last_column, width):
        size = width if last_column - left > width else last_column - left
        for j in range(0, by_eights, 8):
            for t in range(first_row, last_row):
                to = t * n_columns + left
                _add_eight_terms(a, t * n_terms + j, b, j * stride + left, stride, product, to, size)
        for j in range(by_eights, n_terms):
            for t in range(first_row, last_row):
                to = t * n_columns + left
                _add_term(a, t * n_terms + j, b, j * stride + left, stride, product, to, size)


@compiled
def _add_by_columns(a, n_terms, b, stride, product, n_columns, first_row, last_row, first_column, last_column):
    """The same sums, eight entries at a time, where terms are next to each other in B."""
    by_eights = last_column - (last_column - first_column) % 8
    for i in range(first_column, by_eights, 8):
        for t in range(first_row, last_row):
            _add_eight_columns(a, t * n_terms, n_terms, b, i * stride, stride, product, t * n_columns + i)
    for i in range(by_eights, last_column):
        for t in range(first_row, last_row):
            _add_column(a, t * n_terms, n_terms, b, i * stride, stride, product, t * n_columns + i)

"""Kernels of infinitely wide networks: arrays in, arrays out.

The public names are in ``__all__``. The others are for the rest of skcert.
"""

from ._convolutional import convolutional_kernel
from ._fully_connected import fully_connected_kernel
from ._ordered_product import ordered_product
from ._symmetry import mirror_lower_triangle
from ._threads import run_in_threads

__all__ = ["convolutional_kernel", "fully_connected_kernel"]

"""Kernels of infinitely wide networks: arrays in, arrays out."""

from ._convolutional import convolutional_kernel
from ._fully_connected import fully_connected_kernel

__all__ = ["convolutional_kernel", "fully_connected_kernel"]

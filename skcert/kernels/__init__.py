"""Kernels of infinitely wide networks: arrays in, arrays out."""

from ._fully_connected import fully_connected_kernel

__all__ = ["fully_connected_kernel"]

"""Kernels of infinitely wide networks."""

import numpy as np

from skcert import kernels

from ._timing import seconds


class FullyConnected:
    """The symmetric kernel matrix of n rows of 784 features."""

    params = [[100, 1_000, 3_000], [1, 3], ["float64", "float32"]]
    param_names = ["n", "depth", "dtype"]

    def setup(self, n, depth, dtype):
        self.X = np.random.default_rng(0).standard_normal((n, 784)).astype(dtype)
        kernels.fully_connected_kernel(self.X[:20], depth=depth)

    def time_symmetric(self, n, depth, dtype):
        kernels.fully_connected_kernel(self.X, depth=depth)

    def peakmem_symmetric(self, n, depth, dtype):
        kernels.fully_connected_kernel(self.X, depth=depth)

    def track_times_gram(self, n, depth, dtype):
        """Least time of three over that of the bare Gram product."""
        kernel = min(seconds(kernels.fully_connected_kernel, self.X, depth=depth) for _ in range(3))
        return kernel / min(seconds(np.matmul, self.X, self.X.T) for _ in range(3))

    track_times_gram.unit = "x"


class Convolutional:
    """Kernel values between n and n colour images, 3 x 3 filters, float32."""

    params = [[2, 16], ["flatten", "gap"]]
    param_names = ["n", "readout"]
    timeout = 300

    def setup(self, n, readout):
        if not hasattr(kernels, "convolutional_kernel"):
            raise NotImplementedError("commits before convolutional kernels")
        side = 8 if readout == "gap" else 32
        images = np.random.default_rng(0).standard_normal((2, n, side * side * 3)).astype(np.float32)
        self.X, self.Y = images
        self.network = {"image_shape": (side, side, 3), "depth": 3, "readout": readout}
        kernels.convolutional_kernel(self.X[:1], self.Y[:1], **self.network)

    def time_two_sets(self, n, readout):
        kernels.convolutional_kernel(self.X, self.Y, **self.network)

    def peakmem_two_sets(self, n, readout):
        kernels.convolutional_kernel(self.X, self.Y, **self.network)

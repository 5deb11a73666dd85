"""Training rows whose labels are known to be correct, so that the attacker cannot flip them."""

import numpy as np


def check_trusted(trusted, n_samples):
    """A copy of the mask, a bool array of shape (n_samples,), or None if no row is trusted."""
    if trusted is None:
        return None
    refuse_masked(trusted, "trusted")
    trusted = np.array(trusted)  # a copy, so that later changes to the caller's mask do not reach the model
    if trusted.dtype != bool or trusted.shape != (n_samples,):
        raise ValueError(
            f"trusted must be a mask: a bool for each of the {n_samples} training rows, but it has shape "
            f"{trusted.shape} and dtype {trusted.dtype}."
        )
    return trusted.copy() if trusted.any() else None


def refuse_masked(values, name):
    """ValueError for a masked array: what its masked entries mean is not known."""
    if isinstance(values, np.ma.MaskedArray):
        raise ValueError(
            f"{name} is a masked array, and the meaning of its masked entries is not known; fill them in first, with "
            f"{name}.filled(...)."
        )


def trusted_mask(trusted, n_samples):
    """What `check_trusted` returned, as a mask in any case."""
    return np.zeros(n_samples, dtype=bool) if trusted is None else trusted

"""A long range of rows as a few short ones."""


def blocks(n, size):
    """Slices of up to ``size`` elements that cover ``n`` of them in order."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]

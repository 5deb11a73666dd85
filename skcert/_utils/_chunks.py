"""Test rows in chunks that fit scikit-learn's ``working_memory``."""

from sklearn import get_config
from sklearn.utils import gen_batches


def row_chunks(n_rows, row_bytes, max_rows=None):
    """Slices over `n_rows` rows, each of at most `max_rows` rows and at most ``working_memory`` MiB."""
    fitting = int(get_config()["working_memory"] * 2**20 // row_bytes)
    chunk_rows = max(1, min(fitting, n_rows if max_rows is None else max_rows))
    return gen_batches(n_rows, chunk_rows)

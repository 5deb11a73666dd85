"""Test rows that are a dask collection: certificates and predictions that nothing has computed yet."""

import dask.array as da
import numpy as np
from dask import delayed
from sklearn import get_config
from sklearn.utils import gen_batches

from ..certificates import NO_VOTE, certify_votes, count_votes_unchecked
from ._blocks import blocks_of, is_frame
from ._groups import ask_group

# A worker holds all votes and costs of the rows that it certifies, and its other threads may do the same.
_MOST_BYTES = 2**28


def lazy_certificates(ensemble, client, X, reader):
    """A dask dataframe of what ``certify(X).to_frame()`` would have, one partition for each block of X."""
    import dask.dataframe as dd

    judge = ensemble._without_members()
    meta = _certified(judge, 1, []).iloc[:0]
    if is_frame(X):
        meta.index = X._meta.index[:0]
    function, _ = ensemble._what_certify_asks()
    judge, frames = delayed(judge, traverse=False), []
    for block, first, parts in _answered_blocks(ensemble, client, X, reader, function):
        certified = [delayed(_certified)(judge, n_rows, answers) for n_rows, answers in parts]
        frames.append(delayed(_one_frame)(meta, block if is_frame(X) else first, certified))
    return dd.from_delayed(frames, meta=meta, verify_meta=False)


def lazy_votes(ensemble, client, X, reader, finish, shape, dtype):
    """A dask array of ``finish(counts of votes)`` for each row, cut as the blocks of X."""
    judge, blocks = delayed(ensemble._without_members(), traverse=False), []
    for _, _, parts in _answered_blocks(ensemble, client, X, reader, ensemble._what_predict_asks()):
        for n_rows, answers in parts:
            finished = delayed(_finished)(finish, judge, n_rows, answers)
            blocks.append(da.from_delayed(finished, shape=(n_rows, *shape), dtype=dtype))
    return da.concatenate(blocks) if blocks else da.zeros((0, *shape), dtype=dtype)


def _answered_blocks(ensemble, client, X, reader, function):
    """Each block with the number of its first row, and answers of all members to some of its rows at a time."""
    blocks, function = blocks_of(X), delayed(function, traverse=False)
    most = max(1, min(_MOST_BYTES, int(get_config()["working_memory"] * 2**20)) // ensemble._ballot_bytes())
    threads, first = ensemble._threads(), 0
    for number, (block, n_rows) in enumerate(zip(blocks, _lengths(client, X, blocks))):
        parts = []
        for rows in gen_batches(n_rows, most) if n_rows else ():
            part = delayed(_some_rows)(reader, number, block, rows)
            answers = [delayed(ask_group)(function, threads, group, part) for group in ensemble.groups_]
            parts.append((rows.stop - rows.start, answers))
        yield block, first, parts
        first += n_rows


def _lengths(client, X, blocks):
    """How many rows each block has; where that is not known, by reading one column."""
    if not is_frame(X) and not np.isnan(X.chunks[0]).any():
        return X.chunks[0]
    if is_frame(X):
        blocks = blocks_of(X[[X.columns[0]]])
    return client.gather(client.compute([delayed(_n_rows)(block) for block in blocks]))


def _n_rows(block):
    return block.shape[0]


def _some_rows(reader, number, block, rows):
    return reader.rows(block, number)[rows]


def _certified(judge, n_rows, answers):
    """The result of all members' answers to some rows, as a frame."""
    ballots = judge._joined(answers, n_rows)
    rows = np.empty((n_rows, 0))
    return judge._certified_votes(
        rows, certify_votes, disjoint=True, ballots=lambda _, chunk: tuple(part[chunk] for part in ballots)
    ).to_frame()


def _one_frame(meta, block_or_first, parts):
    """The frames of a block's rows, below each other, with the block's own index or consecutive numbers."""
    import pandas as pd

    frame = pd.concat(parts) if parts else meta.copy()
    first = block_or_first if isinstance(block_or_first, int) else None
    frame.index = block_or_first.index if first is None else pd.RangeIndex(first, first + len(frame))
    return frame


def _finished(finish, judge, n_rows, answers):
    """What counts of votes amount to."""
    votes = np.full((n_rows, judge._n_members()), NO_VOTE, dtype=np.int32)
    for members, part in answers:
        votes[:, members] = part
    return finish(count_votes_unchecked(votes, judge.classes_.shape[0]), judge.classes_)


def winners(counts, classes):
    """The class with the most votes, the first among equals."""
    return classes[counts.argmax(axis=1)]


def shares(counts, classes):
    """Votes for each class divided by votes cast."""
    return counts / counts.sum(axis=1, keepdims=True)

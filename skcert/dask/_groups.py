"""What workers do: split blocks of rows, fit the members of a group of partitions, and ask them.

Every function here gives the same answer whenever it is called again, so that what a worker took along when it died
can be computed once more.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from .._utils import blas_threads_limited, row_digests, runs_foreign_code
from ..ensemble import (
    advice_on_labels,
    are_numbered,
    by_content,
    can_be_fitted_on,
    dealt_out,
    fit_black_box_member,
    fit_members,
    fit_white_box_member,
    hash_partition,
    portable,
    rows_of_each,
    seeded_clone,
    silent_about_classes,
)

# Splitting each block into pieces for each group takes a task for each piece, and the scheduler about a
# millisecond for each task. Fewer groups make fewer pieces, and larger ones.
_PIECES = 8192
_MOST_GROUPS = 1024
_GROUPS_PER_THREAD = 4


class Piece(NamedTuple):
    """The rows of one block that go to one group."""

    rows: Any
    codes: np.ndarray
    digests: np.ndarray | None
    """Hashes of the rows; None where the block is the partition."""


class Recipe(NamedTuple):
    """How members are made, as far as rows do not matter."""

    estimator: Any
    seeds: np.ndarray
    classes: np.ndarray
    n_partitions: int
    may_be_white_box: bool
    threads: int
    """BLAS threads while members are fitted or asked."""

    def base(self, partition):
        return seeded_clone(self.estimator, self.seeds[partition])


class Report(NamedTuple):
    """What the client has to know of a fitted member."""

    partition: int
    n_rows: int
    has_predict: bool
    several_labels: bool
    """Whether its rows have more than one."""
    numbered: bool
    """Whether they are 0, 1, ... without gaps."""
    error: Exception | None
    label_use: tuple | None


class Group(NamedTuple):
    """Fitted members of some partitions, without the empty ones."""

    partitions: list
    members: list
    reports: list


def number_of_groups(n_partitions, n_blocks, n_threads):
    """How many groups the partitions are fitted in."""
    by_pieces = min(_MOST_GROUPS, _PIECES // n_blocks)
    return min(n_partitions, max(_GROUPS_PER_THREAD * n_threads, by_pieces, 1))


def partitions_of_group(group, n_groups, n_partitions):
    return range(group, n_partitions, n_groups)


def split_block(reader, n_partitions, n_groups, number, rows, labels):
    """A list of the pieces of a block for each group, by the hash of each row; rows stay in order."""
    rows, codes = reader.rows_and_codes(rows, labels, number)
    digests = row_digests(rows)
    group_of_row = hash_partition(digests, n_partitions) % n_groups
    return [Piece(rows[i], codes[i], digests[i]) for i in rows_of_each(group_of_row, n_groups)]


def whole_block(reader, number, rows, labels):
    """A block as a piece."""
    rows, codes = reader.rows_and_codes(rows, labels, number)
    return Piece(rows, codes, None)


def rows_of_member(recipe, partition, pieces):
    """Rows and class indices of one partition, in the order in which its member is fitted."""
    if pieces[0].digests is None:
        rows = _stacked([piece.rows for piece in pieces])
        return (rows if sparse.issparse(rows) else np.ascontiguousarray(rows)), pieces[0].codes
    chosen = [np.flatnonzero(hash_partition(piece.digests, recipe.n_partitions) == partition) for piece in pieces]
    digests = np.concatenate([piece.digests[i] for piece, i in zip(pieces, chosen)])
    order = by_content(np.arange(digests.shape[0]), digests)
    codes = np.concatenate([piece.codes[i] for piece, i in zip(pieces, chosen)])
    return _stacked([piece.rows[i] for piece, i in zip(pieces, chosen)])[order], codes[order]


def _stacked(parts):
    """Rows below each other; blocks without rows are dense, whatever the others are."""
    parts = [part for part in parts if part.shape[0]] or parts[:1]
    return sparse.vstack(parts, format="csr") if sparse.issparse(parts[0]) else np.concatenate(parts)


def fit_group(recipe, partitions, pieces):
    """Fit the members of some partitions, from the pieces of all blocks, in order: a `Group`."""
    group = Group([], [], [])
    foreign = runs_foreign_code(recipe.estimator)
    fit_member = fit_white_box_member if recipe.may_be_white_box else fit_black_box_member
    for partition in partitions:
        rows, codes = rows_of_member(recipe, partition, pieces)
        if rows.shape[0] == 0:
            continue
        labels, trusted = recipe.classes[codes], np.zeros(codes.shape[0], dtype=bool)
        with blas_threads_limited(recipe.threads, foreign=foreign), silent_about_classes():
            task = (fit_member, recipe.base(partition), rows, labels, recipe.classes, trusted, None)
            ((member, error, label_use),) = fit_members([task])
        group.partitions.append(partition)
        group.members.append(member)
        group.reports.append(
            Report(
                partition,
                rows.shape[0],
                hasattr(member, "predict"),
                bool((codes != codes[0]).any()),
                are_numbered(labels),
                error,
                label_use and (label_use[0], portable(label_use[1])),
            )
        )
    return group


def reports_of(group):
    return group.reports


def ask_group(function, threads, group, X):
    """The partitions of a group, and ``function`` of its ``(partition, member, X)``."""
    of_each_type = {type(member): member for member in group.members}
    with blas_threads_limited(threads, foreign=any(map(runs_foreign_code, of_each_type.values()))):
        return np.array(group.partitions), function(
            [(p, member, X) for p, member in zip(group.partitions, group.members)]
        )


def itself(rows):
    return rows


def can_be_fitted(recipe, partition, pieces):
    """Whether the base can be fitted on the rows of a partition with the classes assigned in turn."""
    rows, codes = rows_of_member(recipe, partition, pieces)
    return can_be_fitted_on(recipe.base(partition), rows, dealt_out(recipe.classes, codes.shape[0]))


def advice_for(recipe, partition, pieces):
    """What helps a base that fails on the labels of a partition."""
    rows, codes = rows_of_member(recipe, partition, pieces)
    return advice_on_labels(lambda: recipe.base(partition), rows, recipe.classes[codes])

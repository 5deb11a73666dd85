"""From blocks of rows to fitted members on the workers: the plan of the shuffle, and what the client learns of it."""

from typing import Any, NamedTuple

import numpy as np
from dask import delayed

from .._utils import encode_labels
from ..ensemble import answer_for_failed, check_predict, check_white_box_demand
from ._blocks import joined_classes, labels_of_block
from ._groups import (
    advice_for,
    can_be_fitted,
    fit_group,
    number_of_groups,
    partitions_of_group,
    reports_of,
    split_block,
    whole_block,
)


def known_classes(classes, client, blocks):
    """Those that are given, sorted, or those of all labels, which are read for that."""
    if classes is not None:
        return encode_labels(classes, classes)[0]
    return joined_classes(client.gather(client.compute([delayed(labels_of_block)(block) for block in blocks])))


class Plan(NamedTuple):
    """Which pieces of which blocks each group of partitions is made of."""

    recipe: Any
    partitions: list
    """Of each group."""
    pieces: list
    """Of each group, as a list in the order of the blocks."""

    def ask(self, client, function, partition):
        """``function(recipe, partition, pieces)``, where the pieces are; they are made again if they are gone."""
        group = next(g for g, partitions in enumerate(self.partitions) if partition in partitions)
        return client.compute(delayed(function)(self.recipe, partition, self.pieces[group])).result()


def plan_by_hash(recipe, reader, blocks, n_threads):
    """Each block is split once, into a piece for each group of partitions; each group is made of its pieces."""
    n_partitions, n_blocks = recipe.n_partitions, len(blocks[0])
    n_groups = number_of_groups(n_partitions, n_blocks, n_threads)
    reader, split = delayed(reader, traverse=False), delayed(split_block, nout=n_groups)
    of_blocks = [
        split(reader, n_partitions, n_groups, number, rows, labels)
        for number, (rows, labels) in enumerate(zip(*blocks))
    ]
    return Plan(
        delayed(recipe, traverse=False),
        [partitions_of_group(group, n_groups, n_partitions) for group in range(n_groups)],
        [[pieces[group] for pieces in of_blocks] for group in range(n_groups)],
    )


def plan_by_blocks(recipe, reader, blocks):
    """Each block is a partition, and a group."""
    reader, whole = delayed(reader, traverse=False), delayed(whole_block)
    pieces = [[whole(reader, number, rows, labels)] for number, (rows, labels) in enumerate(zip(*blocks))]
    return Plan(delayed(recipe, traverse=False), [[number] for number in range(len(pieces))], pieces)


def fit_groups(ensemble, client, recipe, reader, blocks):
    """Futures of all groups that have members, the rows of each partition, and which members are label-linear."""
    if ensemble.partition == "hash":
        plan = plan_by_hash(recipe, reader, blocks, sum(client.nthreads().values()))
    else:
        plan = plan_by_blocks(recipe, reader, blocks)
    groups = [
        delayed(fit_group)(plan.recipe, list(partitions), pieces)
        for partitions, pieces in zip(plan.partitions, plan.pieces)
    ]
    futures = client.compute([*groups, *map(delayed(reports_of), groups)])
    try:
        of_groups = client.gather(futures[len(groups) :])
    except BaseException:
        client.cancel(futures)  # or the workers would go on with the others
        raise
    groups = [group for group, reports in zip(futures, of_groups) if reports]
    sizes, label_free = np.zeros(recipe.n_partitions, dtype=np.int64), np.zeros(recipe.n_partitions, dtype=bool)
    reports = sorted((report for reports in of_groups for report in reports), key=lambda report: report.partition)
    if not reports:
        raise ValueError("X has no rows: all blocks are empty.")
    for report in reports:
        sizes[report.partition] = report.n_rows
        label_free[report.partition] = recipe.may_be_white_box and report.label_use is None
    if not all(report.has_predict for report in reports):
        check_predict(ensemble, [None])
    failed = {report.partition: report.error for report in reports if report.error is not None}
    if failed:
        gaps = next((report.partition for report in reports if report.error and not report.numbered), None)
        answer_for_failed(
            failed,
            len(reports),
            any(report.error is None and report.several_labels for report in reports),
            lambda: plan.ask(client, can_be_fitted, int(sizes.argmax())),
            lambda: "" if gaps is None else plan.ask(client, advice_for, gaps),
            stacklevel=5,
        )
    check_white_box_demand(ensemble, [report.label_use for report in reports])
    return groups, sizes, label_free

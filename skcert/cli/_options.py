"""Options of ``skcert certify`` that do not go together, found before any work."""

import os
from pathlib import Path

from ._defaults import asks_for_hard_votes
from ._score_weight import BALANCED
from ._search import is_search

# What is settled when a model is fitted.
_OF_FITTING = (
    *("test_size", "trusted", "threat", "annotators", "only_flips"),
    *("keep", "drop", "category", "missing", "decimal"),
    *("n_partitions", "voting", "certificate", "partition", "random_state", "n_jobs"),
    *("alpha", "depth", "weight_center", "weight_power", "weight_clip", "score_weight", "save_model"),
)


def check_options(options):
    """ValueError for options that do not go together."""
    if options.model is not None:
        _check_saved(options)
        return
    if options.test is not None and options.test_size != options.default("test_size"):
        raise ValueError(
            f"--test-size is about the rows of one table, but {options.test} has the rows to certify: leave one of "
            "them out."
        )
    if options.threat == "rows":
        _check_rows(options)
    if options.n_partitions == 1:
        if options.voting is not None or options.certificate != "auto":
            raise ValueError(
                "--voting and --certificate are about ensembles, but --n-partitions is 1, a single network: "
                "leave them out, or ask for two partitions or more."
            )
    elif options.score_weight == BALANCED and asks_for_hard_votes(options):
        raise ValueError(
            "--score-weight balanced does not go with a hard vote, where it is not clear which labels to count, those "
            "of a partition or all: leave --voting hard, --certificate and --threat rows out, or give a JSON file of "
            "weights."
        )


def check_overwriting(options, names):
    """ValueError if results would replace a table that they come from; a list of labels to check is made anew."""
    for path in (options.table, options.test, options.model):
        taken = [] if path is None else [name for name in names if _same_file(path, Path(options.out) / name)]
        if taken:
            raise ValueError(f"--out {options.out}: {taken[0]} would replace {path} there; choose another folder.")


def _same_file(one, other):
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there
        return False


def _check_saved(options):
    if options.test is not None:
        raise ValueError(f"--model takes one table, of rows to certify: leave {options.test} out.")
    given = [name for name in _OF_FITTING if getattr(options, name) != options.default(name)]
    if given:
        raise ValueError(
            f"--{given[0].replace('_', '-')} is settled when a model is fitted: leave it out with --model, or fit "
            "again without --model."
        )


def _check_rows(options):
    """ValueError for options that do not go with a certificate against rows."""
    if options.test is None:
        raise ValueError(
            "--threat rows needs a second table, of the rows to certify: which rows of a single one train depends on "
            "how many there are, and a row more or less would change that for many of them."
        )
    for option, given, wanted in (
        ("--n-partitions", options.n_partitions == 1, "2 or more: a single network is not certified against rows"),
        ("--voting", options.voting == "soft", "hard: votes are counted"),
        ("--partition", options.partition != "hash", "hash: a row's own content decides where it goes"),
        ("--certificate", options.certificate == "white-box", "auto or black-box"),
        ("--alpha", is_search(options.alpha), "one number: a choice among several is certified against labels only"),
    ):
        if given:
            raise ValueError(f"--threat rows needs {option} {wanted}.")
    for option, given in (
        ("--trusted", options.trusted),
        ("--annotators", options.annotators),
        ("--only-flips", options.only_flips),
    ):
        if given:
            raise ValueError(
                f"{option} says which labels can be flipped, and --threat rows is about rows that are inserted, too: "
                "leave it out."
            )

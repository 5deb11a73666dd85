"""Arguments of the command line, and how it fails: with one clear line and an exit status."""

import argparse
import os
import sys

from .. import __version__

_INTERRUPTED, _BROKEN_PIPE = 130, 141  # as shells count them: 128 and the number of the signal
FORMATS = ("csv", "parquet", "json")  # of the table of certificates


def main(arguments=None):
    """Run the command line; returns its exit status."""
    try:
        try:
            options = _parser().parse_args(arguments)
            options.run(options)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # here an error can still be reported
    except BrokenPipeError:  # whoever read the output, such as `head`, has seen enough
        _stop_printing()
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        print("skcert: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except (ValueError, OSError, ImportError, MemoryError) as error:
        print("skcert: error:", " ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 2
    return 0


def _stop_printing():
    """Discard both outputs, or Python would complain on exit that it cannot write the rest."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _parser():
    parser = argparse.ArgumentParser(
        prog="skcert",
        description="Prove how many training labels an attacker must flip before a prediction can change.",
    )
    parser.add_argument("--version", action="version", version=f"skcert {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = commands.add_parser(
        "demo",
        help="the certificates side by side on the digits data set",
        description="Compare the black-box and the white-box certificate, soft votes and a single network over "
        "several partition counts, on the digits data set that comes with scikit-learn.",
    )
    demo.add_argument("--out", default="skcert-demo", metavar="DIR", help="folder for the plot (default: %(default)s)")
    demo.set_defaults(run=_run_demo)

    _add_certify(commands)
    return parser


_CERTIFY = """\
Fit on TRAIN, certify the prediction of every row of TEST, and write the results to a folder.

The certified radius of a prediction is a number of training labels: changing that many of them or
fewer, whichever they are, provably does not change the prediction. With --threat rows it is a number of
training rows that are inserted, deleted or relabelled.

Both tables are CSV files with a header line, or Parquet files, with the same feature columns. Numbers
are scaled, categories one-hot encoded, missing values filled in, all without looking at labels. The
training table decides how a column is read; columns that are no features (an index, row numbers, a
single value, texts that never repeat) are left out, and everything is said."""

_CERTIFY_EXAMPLES = """\
examples:
  skcert certify train.csv test.csv --label species --out results --report
      results/report.html explains everything; results/certificates.csv has one row per test row

  skcert certify train.parquet test.parquet --label species --out results --format parquet
      the same from and to Parquet

  skcert certify train.csv test.csv --label species --out results --n-partitions 1
      one network instead of a vote: exact radii, slower on many training rows

  skcert certify train.csv test.csv --label species --out results --voting soft --alpha 10
      flatter weights: often larger radii, sometimes at the cost of accuracy

  skcert certify train.csv test.csv --label species --out results --n-partitions 1 --alpha 0.1,1,10
      the best of three ridges by cross-validation, with radii that cover the choice

  skcert certify train.csv test.csv --label species --out results --trusted checked
      column "checked" says true for rows whose labels the attacker cannot change

  skcert certify train.csv test.csv --annotators ann bob cem --label truth --out results
      each row may have any of the labels that one of three annotators gave it; the test table has
      true labels in column "truth"

  skcert certify train.csv test.csv --label finding --only-flips benign:malignant --out results
      only missed cases: a row that says "benign" may be "malignant", never the reverse

  skcert certify train.csv test.csv --label species --out results --threat rows
      against inserted, deleted and relabelled rows: radii count rows

  skcert certify train.csv test.csv --label species --out results --score-weight weights.json
      classes of unequal size: weights.json, such as {"cat": 0.6, "dog": 3}, makes up for that

Choose such options without looking at how well they do on these labels, but for a list of ridges,
whose choice is certified. Otherwise the labels have influenced the choice, and the radii mean less
than they seem to."""


def _add_certify(commands):
    certify = commands.add_parser(
        "certify",
        help="certify predictions for your own tables (CSV, Parquet)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_CERTIFY,
        epilog=_CERTIFY_EXAMPLES,
    )
    certify.add_argument("train", metavar="TRAIN", help="table of training rows, with the label column")
    certify.add_argument("test", metavar="TEST", help="table of rows to certify; the label column is optional")
    certify.add_argument("--label", metavar="COLUMN", help="name of the label column; with --annotators optional")
    certify.add_argument("--out", required=True, metavar="DIR", help="folder for the results; created if necessary")
    _add_tables_and_results(certify.add_argument_group("tables and results"))
    _add_candidates(certify.add_argument_group("who may flip what"))
    _add_columns(certify.add_argument_group("how tables are read"))
    _add_ensemble(certify.add_argument_group("ensemble"))
    _add_network(certify.add_argument_group("networks"))
    certify.set_defaults(run=_run_certify)


def _add_tables_and_results(group):
    group.add_argument(
        "--report", action="store_true", help="also write report.html: one self-contained page for a browser"
    )
    group.add_argument(
        "--verbose",
        action="store_true",
        help="say how far slow work is and how long the rest takes, also where stderr is not a terminal",
    )
    group.add_argument(
        "--format",
        choices=FORMATS,
        default="csv",
        help="format of the table of certificates (default: %(default)s)",
    )
    group.add_argument(
        "--separator", metavar="CHAR", help="field separator in CSV files (default: a comma; a tab in .tsv files)"
    )
    group.add_argument(
        "--trusted",
        metavar="COLUMN",
        help="column of TRAIN with true or false: rows whose labels have been checked, which no attacker can change",
    )


def _add_candidates(group):
    """What the attacker may do, and which labels a row may get, where that is not any label."""
    group.add_argument(
        "--threat",
        choices=("labels", "rows"),
        default="labels",
        help="what radii count: label flips, or rows inserted, deleted or relabelled (default: %(default)s)",
    )
    group.add_argument(
        "--annotators",
        nargs="+",
        default=[],
        metavar="COLUMN",
        help="columns of TRAIN with the labels of several annotators: each row may only get one of its own. Without "
        "--label, the majority's labels are used",
    )
    group.add_argument(
        "--only-flips",
        nargs="+",
        default=[],
        metavar="LABEL",
        help="labels that a flip may lead to, or FROM:TO pairs of labels; no other flips are possible",
    )


def _add_columns(group):
    """What may have to be said about columns, if their cells do not say it."""
    group.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="use this column although it looks like an index, row numbers, or names that never repeat; repeatable",
    )
    group.add_argument(
        "--category",
        action="append",
        default=[],
        metavar="COLUMN",
        help="read this column as categories although it looks like numbers; repeatable",
    )
    group.add_argument(
        "--missing",
        action="append",
        default=[],
        metavar="WORD",
        help="cells that are empty, besides blank ones, NA, NaN, null and the like; write --missing=-999; repeatable",
    )
    group.add_argument(
        "--decimal", choices=(".", ","), help="decimal mark of CSV files (default: what the cells of a column suggest)"
    )
    group.add_argument("--encoding", metavar="NAME", help="encoding of CSV files (default: utf-8)")


def _add_ensemble(group):
    group.add_argument(
        "--n-partitions",
        type=int,
        default=20,
        metavar="P",
        help="members of the ensemble; 1 certifies a single network exactly (default: %(default)s)",
    )
    group.add_argument(
        "--voting",
        choices=("hard", "soft"),
        default="hard",
        help="members cast votes, or average their scores (default: %(default)s)",
    )
    group.add_argument(
        "--certificate",
        choices=("auto", "white-box", "black-box"),
        default="auto",
        help="certificate of a hard vote; black-box does not look inside the members (default: auto, here white-box)",
    )
    group.add_argument(
        "--partition",
        choices=("hash", "random"),
        default="hash",
        help="which row goes where: by its content, or by --random-state (default: %(default)s)",
    )
    group.add_argument(
        "--random-state",
        type=int,
        default=0,
        metavar="SEED",
        help="seed of random partitions (default: %(default)s)",
    )
    group.add_argument(
        "--n-jobs", type=int, metavar="N", help="workers over the partitions (default: as many as BLAS has threads)"
    )


def _add_network(group):
    group.add_argument(
        "--alpha",
        type=ridges,
        default=1.0,
        metavar="RIDGE",
        help="ridge: more means flatter label weights; of several, with commas between them, cross-validation chooses "
        "one, and radii hold for choosing again on changed labels (default: %(default)s)",
    )
    group.add_argument(
        "--depth", type=int, default=1, metavar="N", help="hidden layers of the network (default: %(default)s)"
    )
    group.add_argument(
        "--weight-center",
        type=level,
        metavar="Q",
        help="first subtract this quantile, 0 to 1, from label weights; for classes of similar size; or 'mean', "
        "for any (default: off)",
    )
    group.add_argument(
        "--weight-power",
        type=float,
        default=1.0,
        metavar="P",
        help="raise the absolute values of label weights to this power, 0 to 1; the smaller, the larger radii "
        "(default: 1)",
    )
    group.add_argument(
        "--weight-clip",
        type=float,
        metavar="Q",
        help="clip label weights at this quantile, above 0 and up to 1; radii grow (default: off)",
    )
    group.add_argument(
        "--score-weight",
        metavar="FILE",
        help="for classes of unequal size, multiply the score of each by a weight: a JSON file, "
        '{"label": weight, ...}, with 1 / (classes * frequency) for frequencies known without these labels; '
        'or "balanced", which counts them, so that radii are lower bounds (default: off)',
    )


# The commands are imported when they run, so that `skcert --help` is fast.


def level(text):
    """A quantile's level, or "mean"; argparse names this function where it is neither."""
    return text if text == "mean" else float(text)


def ridges(text):
    """A ridge, or several with commas between them; argparse names this function where they are no numbers."""
    values = [float(word) for word in text.split(",")]
    return values[0] if len(values) == 1 else values


def _run_demo(options):
    from ._demo import run_demo

    run_demo(options.out)


def _run_certify(options):
    from ._certify import run_certify

    run_certify(options)

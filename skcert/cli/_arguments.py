"""Arguments of ``skcert certify``."""

import argparse

FORMATS = ("csv", "parquet", "json")  # of the table of certificates
_LARGEST_SEED = 2**32 - 1
_FEWEST = 2  # rows to certify, as a number: 1 may be meant as a share

_CERTIFY = """\
Fit on labelled rows, certify predictions of others, and write the results to a folder.

With one table, a share of its rows is certified and the others train the model, as drawn by position and
a seed; labels have no part in that. With two tables, the first trains and every row of the second is
certified. With --model, a saved model certifies every row of the table.

The certified radius of a prediction is a number of training labels: changing that many of them or
fewer, whichever they are, provably does not change the prediction. With --threat rows it is a number of
training rows that are inserted, deleted or relabelled.

Tables are CSV files with a header line, or Parquet files, with the same feature columns. Numbers are
scaled, categories one-hot encoded, missing values filled in, all without looking at labels. The first
table decides how a column is read; columns that are no features (an index, row numbers, a single value,
texts that never repeat) are left out, and everything is said."""

_CERTIFY_EXAMPLES = """\
examples:
  skcert certify table.csv --label species --out results --report
      results/report.html explains everything; results/certificates.csv has one row per certified row

  skcert certify table.csv --label species --id plant --drop notes --out results --save-model plants.skops
      rows have the names in column "plant", and column "notes" is no feature; the model is kept

  skcert certify new.csv --model plants.skops --out new
      certify more rows with it

  skcert certify table.csv --label species --out results --report --trusted results/labels_to_check.csv
      once somebody has gone through that list of labels to check, and written "yes" where they looked

  skcert certify train.csv test.csv --label species --out results --report
      one table to train on, and one to certify

  skcert certify train.parquet test.parquet --label species --out results --format parquet
      the same from and to Parquet

  skcert certify train.csv test.csv --label species --out results --alpha 1 --weight-clip 1
      a plain network: about as accurate, or more so by up to seven points, with far smaller radii

  skcert certify train.csv test.csv --label species --out results --n-partitions 20 --voting hard
      a vote of 20 networks, each on a part of the rows: faster on some thousand rows, less accurate on few

  skcert certify train.csv test.csv --label species --out results --alpha 1,3,10
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


def add_certify(commands, run):
    """The command, which calls `run` with its options."""
    certify = commands.add_parser(
        "certify",
        help="certify predictions for your own tables (CSV, Parquet)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_CERTIFY,
        epilog=_CERTIFY_EXAMPLES,
    )
    certify.add_argument(
        "table", metavar="TABLE", help="table with the label column; with --model, of rows to certify"
    )
    certify.add_argument(
        "test", metavar="TEST", nargs="?", help="table of rows to certify; the label column is optional"
    )
    certify.add_argument("--label", metavar="COLUMN", help="name of the label column; with --annotators optional")
    certify.add_argument(
        "--out",
        default="skcert-results",
        metavar="DIR",
        help="folder for the results; created if necessary (default: %(default)s)",
    )
    _add_rows_and_models(certify.add_argument_group("rows and models"))
    _add_tables_and_results(certify.add_argument_group("tables and results"))
    _add_candidates(certify.add_argument_group("who may flip what"))
    _add_columns(certify.add_argument_group("how tables are read"))
    _add_ensemble(certify.add_argument_group("ensemble"))
    _add_network(certify.add_argument_group("networks"))
    certify.set_defaults(run=run, default=certify.get_default)


def _add_rows_and_models(group):
    """Which rows are certified, what they are called, and by which model."""
    group.add_argument(
        "--test-size",
        type=share_or_count,
        default=0.25,
        metavar="SIZE",
        help="share of the rows of a single table to certify, between 0 and 1, or their number (default: %(default)s)",
    )
    group.add_argument("--id", metavar="COLUMN", help="column that names rows in all results; it is never a feature")
    group.add_argument(
        "--save-model", metavar="FILE", help="also write the fitted model, for --model (needs the extra 'models')"
    )
    group.add_argument(
        "--model",
        metavar="FILE",
        help="certify the rows of TABLE with a model that --save-model has written, which holds how columns are read "
        "and all options of fitting; results are worth no more than its origin",
    )


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
        action="append",
        default=[],
        metavar="COLUMN|FILE",
        help="column with true or false, or a list of labels that somebody has gone through (labels_to_check.csv, or "
        "what the report saves): rows whose labels have been checked, which no attacker can change; repeatable",
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
        help="columns with the labels of several annotators: each row may only get one of its own. Without "
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
        "--drop",
        action="append",
        default=[],
        metavar="COLUMN",
        help="leave this column out, or several with commas between them; repeatable",
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
        metavar="P",
        help="networks; 1 is certified exactly, more vote (default: 1 up to 10,000 training rows, then one for every "
        "5,000; 20 for hard votes)",
    )
    group.add_argument(
        "--voting",
        choices=("hard", "soft"),
        help="members cast votes, or average their scores, which is certified exactly, too (default: soft; hard under "
        "--threat rows and with --certificate)",
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
        type=seed,
        default=0,
        metavar="SEED",
        help="seed of random partitions, and of which rows of a single table are certified (default: %(default)s)",
    )
    group.add_argument(
        "--n-jobs", type=int, metavar="N", help="workers over the partitions (default: as many as BLAS has threads)"
    )


def _add_network(group):
    group.add_argument(
        "--alpha",
        type=ridges,
        metavar="RIDGE",
        help="ridge: more means flatter label weights; of several, with commas between them, cross-validation chooses "
        "one, and radii hold for choosing again on changed labels (default: 10; 1 in votes that you ask for)",
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
        help="clip label weights at this quantile, above 0 and up to 1, which is off; radii grow (default: 0.99; off "
        "in votes that you ask for and beside other dials)",
    )
    group.add_argument(
        "--score-weight",
        metavar="FILE",
        help="for classes of unequal size, multiply the score of each by a weight: a JSON file, "
        '{"label": weight, ...}, with 1 / (classes * frequency) for frequencies known without these labels; '
        'or "balanced", which counts them, so that radii are lower bounds (default: off)',
    )


def share_or_count(text):
    """A share of rows as a float, or a number of them as an int."""
    try:
        value = int(text) if text.strip().isdigit() else float(text)
    except ValueError:
        value = -1
    if 0 < value < 1 or (isinstance(value, int) and value >= _FEWEST):
        return value
    raise argparse.ArgumentTypeError(
        f"{text!r} is neither a share of the rows between 0 and 1, such as 0.25, nor {_FEWEST} rows or more"
    )


def seed(text):
    """A whole number that random generators take; argparse names this function where it is none."""
    value = int(text)
    if not 0 <= value <= _LARGEST_SEED:
        raise ValueError
    return value


def level(text):
    """A quantile's level, or "mean"; argparse names this function where it is neither."""
    return text if text == "mean" else float(text)


def ridges(text):
    """A ridge, or several with commas between them; argparse names this function where they are no numbers."""
    values = [float(word) for word in text.split(",")]
    return values[0] if len(values) == 1 else values

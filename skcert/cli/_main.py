"""Arguments of the command line, and its one way to fail: a clear line and exit status 2."""

import argparse
import sys

from .. import __version__


def main(arguments=None):
    """Run the command line; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError, ImportError) as error:
        print("skcert: error:", " ".join(str(error).split()), file=sys.stderr)
        return 2
    return 0


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

    certify = commands.add_parser(
        "certify",
        help="certify predictions for your own CSV tables",
        description="Fit on TRAIN.csv, certify the prediction of every row of TEST.csv, and write the results to a "
        "folder. Numeric columns are scaled, other columns one-hot encoded, missing values filled in, "
        "all without looking at labels.",
    )
    certify.add_argument("train", metavar="TRAIN.csv", help="training rows, with the label column")
    certify.add_argument("test", metavar="TEST.csv", help="rows to certify; the label column is optional")
    certify.add_argument("--label", required=True, metavar="COLUMN", help="name of the label column")
    certify.add_argument("--out", required=True, metavar="DIR", help="folder for the results; made if need be")
    certify.add_argument(
        "--n-partitions",
        type=int,
        default=20,
        metavar="P",
        help="members of the ensemble; 1 certifies a single network exactly (default: %(default)s)",
    )
    certify.add_argument(
        "--alpha", type=float, default=1.0, help="ridge: more means flatter label weights (default: %(default)s)"
    )
    certify.add_argument("--depth", type=int, default=1, help="hidden layers of the network (default: %(default)s)")
    certify.set_defaults(run=_run_certify)
    return parser


# The commands are imported when they run, so that `skcert --help` is quick.


def _run_demo(options):
    from ._demo import run_demo

    run_demo(options.out)


def _run_certify(options):
    from ._certify import run_certify

    run_certify(
        options.train,
        options.test,
        label=options.label,
        out=options.out,
        n_partitions=options.n_partitions,
        alpha=options.alpha,
        depth=options.depth,
    )

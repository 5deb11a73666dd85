"""Arguments of the command line, and how it fails: with one clear line and an exit status."""

import argparse
import os
import sys

from .. import __version__
from ._arguments import add_certify

_INTERRUPTED, _BROKEN_PIPE = 130, 141  # as shells count them: 128 and the number of the signal


def main(arguments=None):
    """Run the command line; returns its exit status."""
    try:
        try:
            options = _parser().parse_args(arguments)
            options.words = list(sys.argv[1:] if arguments is None else arguments)
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
    parser = _Parser(
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
    demo.add_argument(
        "--tables", metavar="DIR", help="compare nothing, but write two small tables to try 'skcert certify' with"
    )
    demo.set_defaults(run=_run_demo)

    add_certify(commands, run=_run_certify)
    return parser


class _Parser(argparse.ArgumentParser):
    """One line on what is wrong, as for all other errors."""

    def error(self, message):
        raise ValueError(f"{message} ({self.prog} --help says what there is)")


# The commands are imported when they run, so that `skcert --help` is fast.


def _run_demo(options):
    if options.tables is not None:
        from ._demo_tables import write_demo_tables

        write_demo_tables(options.tables)
        return
    from ._demo import run_demo

    run_demo(options.out)


def _run_certify(options):
    from ._certify import run_certify

    run_certify(options)

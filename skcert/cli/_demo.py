"""``skcert demo``: the main job on data that comes with scikit-learn."""

import warnings
from typing import Any, NamedTuple

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ..ensemble import PartitionAggregationEnsemble
from ..learners import NTKRegressorClassifier
from ..metrics import median_certified_radius
from ..results import CertificationResult, flips_text
from ._plot import Curve, save_certified_accuracy_plot
from ._results_folder import ResultsFolder

PARTITION_COUNTS = (5, 10, 25, 50, 100)
ALPHA = 10.0  # ridge of a network of all rows; a partition gets its share of it, as of the rows
# What the guide says of ten classes of about equal size: centred at 1 - 1 / 10, clipped at 0.1.
FLAT: dict[str, Any] = {"alpha": ALPHA, "weight_center": 0.9, "weight_clip": 0.1}
BUDGET = 10
_PLOT = "certified_accuracy.png"


class Row(NamedTuple):
    """A line of the table."""

    name: str
    result: CertificationResult
    accuracy: float
    median: float


def run_demo(out):
    """Print the comparison as a table, line by line as it is computed, and save its plot in the folder `out`."""
    with ResultsFolder(out, [_PLOT]) as folder:
        curves = _print_comparison()
        title = f"How many label flips predictions provably survive: {curves[-1].y_true.shape[0]} handwritten digits"
        folder.write(_PLOT, lambda path: save_certified_accuracy_plot(curves, path, title=title))
    if folder.files:
        print(f"\nPlot: {folder.out / _PLOT}")
    else:
        print("\nNo plot: matplotlib is not installed (pip install 'skcert[plot]').")


def _print_comparison():
    """Returns the curves to plot."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=500, random_state=0)
    print(f"Handwritten digits: {X_train.shape[0]} training rows, {X_test.shape[0]} test rows, 10 classes.")
    print("Radius: label flips that provably cannot change a prediction; the median is over all test rows, a wrong")
    print(f"prediction counting as -1. cert@{BUDGET}: right, and proved to stay so under any {BUDGET} label flips.\n")
    print(f"{'':<44}{'accuracy':>9}{'median radius':>15}{f'cert@{BUDGET}':>9}")

    def row(name, model):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # classes are of about equal size
            result = model.fit(X_train, y_train).certify(X_test)
        median = median_certified_radius(y_test, result)
        clean, certified = result.certified_accuracy(y_test, [0, BUDGET])
        print(f"{name:<44}{clean:>9.1%}{flips_text(median):>15}{certified:>9.1%}", flush=True)
        return Row(name.strip(), result, float(clean), median)

    print("Votes of partitions, counted from outside (black box)")
    black = [row(f"  {P} partitions", _votes(P, certificate="black-box")) for P in PARTITION_COUNTS]
    print("The same votes, with a look inside (white box)")
    white = [row(f"  {P} partitions", _votes(P, certificate="white-box")) for P in PARTITION_COUNTS[:3]]
    print("Scores instead of votes, exact radii")
    soft = row(f"  soft vote of {PARTITION_COUNTS[1]} partitions", _votes(PARTITION_COUNTS[1], voting="soft"))
    single = row(f"  one network, alpha = {ALPHA:g}", NTKRegressorClassifier(alpha=ALPHA))
    flat = row("  one network, flat weights", NTKRegressorClassifier(**FLAT))
    print("  (" + ", ".join(f"{name} = {value:g}" for name, value in FLAT.items()) + ")")
    best = max(black, key=lambda of: of.median)
    print(f"\n{_takeaway(best, [*white, soft, single, flat])}")
    return [
        Curve(f"best black box: {best.name}", y_test, best.result, {"color": "0.45", "linestyle": "--"}),
        Curve(f"white box: {white[1].name}", y_test, white[1].result, {"color": "C0"}),
        Curve("one network", y_test, single.result, {"color": "C1"}),
        Curve("one network, flat weights", y_test, flat.result, {"color": "C3", "linewidth": 2.5}),
    ]


def _votes(n_partitions, **parameters: Any):
    network = NTKRegressorClassifier(alpha=ALPHA / n_partitions)
    return PartitionAggregationEnsemble(
        network, n_partitions=n_partitions, partition="random", random_state=0, **parameters
    )


def _takeaway(black, others):
    """The model with the largest median radius among those at least as accurate as the best black box."""
    ours = max((of for of in others if of.accuracy >= black.accuracy), key=lambda of: of.median)
    return (
        f"The best black box ({black.name}) certifies half of the digits against {flips_text(black.median)} label "
        f"flips, at {black.accuracy:.1%} accuracy.\nOurs ({ours.name}) certifies half of them against "
        f"{flips_text(ours.median)}, {ours.median / black.median:.1f} times as many, at {ours.accuracy:.1%}."
    )

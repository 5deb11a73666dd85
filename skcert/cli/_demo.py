"""``skcert demo``: the main job on data that comes with scikit-learn."""

from typing import Any

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ..ensemble import PartitionAggregationEnsemble
from ..learners import NTKRegressorClassifier
from ..metrics import median_certified_radius
from ..results import flips_text
from ._plot import save_certified_accuracy_plot
from ._results_folder import ResultsFolder

PARTITION_COUNTS = (5, 10, 25, 50, 100)
PLOTTED = 10  # the partition count whose certificates are drawn
ALPHA = 10.0  # ridge of the single network; each partition gets its share of it, as of the rows
BUDGET = 10

# name, line style in the plot, parameters of the ensemble
KINDS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("black-box", "--", {"certificate": "black-box"}),
    ("white-box", "-", {"certificate": "white-box"}),
    ("soft vote", "-", {"voting": "soft"}),
)


_PLOT = "certified_accuracy.png"


def run_demo(out):
    """Print the comparison as a table, line by line as it is computed, and save its plot in the folder `out`."""
    with ResultsFolder(out, [_PLOT]) as folder:
        curves = _print_comparison()
        folder.write(_PLOT, lambda path: save_certified_accuracy_plot(curves, path))
    if folder.files:
        print(f"\nPlot: {folder.out / _PLOT}")
    else:
        print("\nNo plot: matplotlib is not installed (pip install 'skcert[plot]').")


def _print_comparison():
    """Returns the curves to plot."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, test_size=500, random_state=0)
    print(f"Digits: {X_train.shape[0]} training rows, {X_test.shape[0]} test rows, 10 classes.")
    print("Radius: label flips that provably cannot change a prediction. Median over all test rows,")
    print(f"wrong predictions counted as -1. cert@{BUDGET}: right, and proved to stay so under any {BUDGET} flips.")
    print("Black-box and white-box are certificates of the same hard vote.\n")
    print(f"{'':>10}" + "".join(f"   {f'---- {name} ----':^27}" for name, *_ in KINDS))
    columns = f"   {'accuracy':>9}{'median':>9}{f'cert@{BUDGET}':>9}"
    print(f"{'partitions':>10}" + columns * len(KINDS))

    curves, black_boxes = [], []
    for n_partitions in PARTITION_COUNTS:
        network = NTKRegressorClassifier(alpha=ALPHA / n_partitions)
        line = f"{n_partitions:>10}"
        for name, linestyle, parameters in KINDS:
            ensemble = PartitionAggregationEnsemble(
                network, n_partitions=n_partitions, partition="random", random_state=0, **parameters
            )
            result = ensemble.fit(X_train, y_train).certify(X_test)
            line += _figures(y_test, result)
            curve = (f"{name}, {n_partitions} partitions", linestyle, y_test, result)
            if n_partitions == PLOTTED:
                curves.append(curve)
            if name == "black-box":
                black_boxes.append((median_certified_radius(y_test, result), curve))
        print(line, flush=True)

    single = NTKRegressorClassifier(alpha=ALPHA).fit(X_train, y_train).certify(X_test)
    print(f"\n{'1 network':>10}{_figures(y_test, single)}   exact radii, no partitions")

    _, (name, _, _, result) = max(black_boxes, key=lambda pair: pair[0])
    return [*curves, (f"best {name}", ":", y_test, result), ("single network", "-", y_test, single)]


def _figures(y_true, result):
    clean, certified = result.certified_accuracy(y_true, [0, BUDGET])
    return f"   {clean:>9.1%}{flips_text(median_certified_radius(y_true, result)):>9}{certified:>9.1%}"

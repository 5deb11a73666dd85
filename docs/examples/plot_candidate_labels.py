"""
Who may flip what: crowds, missed cases, grades off by one
==========================================================

Often a label cannot become just any other one. Three annotators disagree about two classes; a tumour may be missed,
but is not invented; a grade is off by one. What is known of a row, without the attacker, is its set of candidate
labels, and with ``fit(X, y, candidate_labels=...)`` flips keep to it.
"""

# %%
# A crowd
# -------
# Three simulated annotators label digits. One image in five is hard: each of them takes it for the same wrong digit in
# two of five cases.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.preprocessing import StandardScaler

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.annotators import labels_from_annotators
from skcert.display import CertifiedAccuracyDisplay
from skcert.metrics import certain_accuracy_score

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:800] / 16, y[:800], X[800:1300] / 16, y[800:1300]
rng = np.random.default_rng(0)
mistaken_for = (y_train[:, None] + rng.integers(1, 10, (800, 1))) % 10
mistaken = (rng.random((800, 1)) < 0.2) & (rng.random((800, 3)) < 0.4)
table = np.where(mistaken, mistaken_for, y_train[:, None])  # a column for each annotator
votes = labels_from_annotators(table)
print(votes, f"{np.mean(votes.labels != y_train):.1%} of the majority's labels are wrong")

# %%
# Where the curve does not fall to 0, predictions are certain: whichever annotator was right about each image, they
# stay. Of many members that are black boxes, hardly one is without a disputed image, and one flip may change each of
# the others.
box = PartitionAggregationEnsemble(
    NTKRegressorClassifier(alpha=0.2),
    n_partitions=40,
    partition="random",
    random_state=0,
    certificate="black-box",
)
ax = None
for name, model in (("network", NTKRegressorClassifier(alpha=10.0)), ("black box, P = 40", box)):
    for kind, candidates in (("any flips", None), ("annotators' labels", votes.candidate_labels)):
        result = model.fit(X_train, votes.labels, candidate_labels=candidates).certify(X_test)
        curve = CertifiedAccuracyDisplay.from_predictions(
            y_test, result, name=f"{name}, {kind}", ax=ax
        )
        ax = curve.ax_
        print(f"{name}, {kind}: {certain_accuracy_score(y_test, result):.1%} right and certain")

# %%
# Missed cases
# ------------
# A tumour on record is one, but some are recorded as benign: a row that says "benign" may be "malignant", never the
# reverse. That is one line of numpy, a table with a column for each class in sorted order.
cancer = load_breast_cancer()
y, X = cancer.target_names[cancer.target], StandardScaler().fit_transform(cancer.data)
classes = np.array(["benign", "malignant"])
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]
may_be = (classes == y_train[:, None]) | (classes == "malignant")

network = NTKRegressorClassifier(alpha=100.0)
results = {
    "any flips": network.fit(X_train, y_train).certify(X_test),
    "missed cases only": network.fit(X_train, y_train, candidate_labels=may_be).certify(X_test),
}
ax = None
for kind, result in results.items():
    ax = CertifiedAccuracyDisplay.from_predictions(
        y_test, result, name=kind, ax=ax, per_class="each"
    ).ax_
    for label in classes:
        rows = result.prediction == label
        share = result.certain[rows].mean()
        radius = "unbounded" if share > 0.5 else f"{np.median(result.radius[rows]):g}"
        print(f"{kind}: predicted {label}, median radius {radius}, {share:.1%} certain")

# %%
# Missed cases can only make the model see more tumours: nearly all predictions of one are certain, and those of none
# have the radius that they had.
#
# Grades off by one
# -----------------
# Five grades, read off a noisy scale. A rater may be off by one grade, not by two.
rng = np.random.default_rng(0)
X = rng.normal(size=(900, 3))
y = np.digitize(X[:, 0] + 0.3 * X[:, 1] + 0.1 * rng.normal(size=900), [-1.0, -0.3, 0.3, 1.0])
X_train, y_train, X_test, y_test = X[:600], y[:600], X[600:], y[600:]
off_by_one = abs(y_train[:, None] - np.arange(5)) <= 1

fig, ax = plt.subplots(layout="constrained")
distances = [1, 2, 3, 4]
for kind, candidates, style in (("any flips", None, "o-"), ("off by one", off_by_one, "s--")):
    result = network.fit(X_train, y_train, candidate_labels=candidates).certify(X_test)
    away = abs(result.classes - result.prediction[:, None])
    flips = [float(np.median(result.flips_to_class[away == distance])) for distance in distances]
    print(f"{kind}: median flips to a grade that is {distances} away: {flips}")
    ax.plot(distances, flips, style, label=kind)
ax.set(
    xlabel="Grades away from the prediction",
    ylabel="Flips needed at least, median",
    xticks=distances,
    ylim=(0, None),
)
ax.legend()
ax.grid(alpha=0.3)

# %%
# The next grade is as near as before, since its rows and those of the predicted grade may trade places. Two grades
# away and more, raters who are off by one have to be wrong far more often.

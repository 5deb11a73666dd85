"""
How many partitions?
====================

More partitions make each member cheaper and each vote weaker. A black-box certificate needs many: its radius is at
most half the number of partitions. A white-box one also counts how many flips each vote takes, and needs only a few.
"""

# %%
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.display import PartitionTradeOffDisplay

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:1200] / 16, y[:1200], X[1200:] / 16, y[1200:]
votes = {
    "soft vote": {"voting": "soft"},
    "hard vote, white-box": {"certificate": "white-box"},
    "hard vote, black-box": {"certificate": "black-box"},
}

# %%
# Wrong predictions count as -1 in the median, as is usual in the field.
axes = None
for (name, options), style in zip(votes.items(), ("o-", "s--", "^:"), strict=True):
    results = {}
    for n_partitions in (5, 10, 20, 50, 100):
        ensemble = PartitionAggregationEnsemble(
            NTKRegressorClassifier(alpha=1.0),
            n_partitions=n_partitions,
            partition="random",
            random_state=0,
            **options,
        )
        results[n_partitions] = (y_test, ensemble.fit(X_train, y_train).certify(X_test))
    display = PartitionTradeOffDisplay.from_results(
        results, name=name, ax=axes, linestyle=style[1:], marker=style[0]
    )
    axes = display.axes_
    print(f"{name}: median radii {display.median_radius.tolist()}")

# %%
# Choosing the number of partitions from a picture like this one uses labels. See :doc:`/what_voids_the_guarantee` for
# what that means, and how to choose without them.

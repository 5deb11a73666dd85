"""
First certificates: one network, and votes over partitions
==========================================================

Every prediction gets a *certified radius*: the number of training labels that can be flipped, whichever they are,
without changing it. One network has exact radii. An ensemble over partitions is cheaper to fit, and bounds them from
below.
"""

# %%
# Fit an infinitely wide network on handwritten digits, and ask for certificates.
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.display import CertifiedAccuracyDisplay

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:1200] / 16, y[:1200], X[1200:] / 16, y[1200:]

network = NTKRegressorClassifier(alpha=10.0).fit(X_train, y_train)
result = network.certify(X_test)
for prediction, radius in zip(result.prediction[:4], result.radius[:4], strict=True):
    print(
        f"predicted {prediction}: certified radius {radius}, so {radius + 1} flips can "
        f"change it and {radius} cannot"
    )

# %%
# Certified accuracy at r flips is the share of test rows that are predicted correctly and stay so under any r flips.
# With the same members and votes, the white-box certificate is never below the black-box one.
ax = CertifiedAccuracyDisplay.from_predictions(y_test, result, name="network, exact").ax_
for certificate in ("white-box", "black-box"):
    ensemble = PartitionAggregationEnsemble(
        NTKRegressorClassifier(alpha=1.0),
        n_partitions=20,
        partition="random",
        certificate=certificate,
        random_state=0,
    )
    name = f"20 partitions, {certificate}"
    CertifiedAccuracyDisplay.from_estimator(
        ensemble.fit(X_train, y_train), X_test, y_test, name=name, ax=ax
    )
ax.set_title("Certified accuracy on digits")

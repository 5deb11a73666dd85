"""From a radius to an attack, from attacks to the labels to check, and from checked labels to larger radii.

A certificate says that no r label flips change a prediction. A witness shows r + 1 that do. Rows that many witnesses
use are the ones to check first; once checked, they are trusted, and the attacker has to make do with others.
"""

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier
from skcert.inspection import audit_labels

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:800] / 16, y[:800], X[800:1000] / 16, y[800:1000]

network = NTKRegressorClassifier(alpha=5.0).fit(X_train, y_train)
result = network.certify(X_test)
print(f"median radius: {np.median(result.radius):g} label flips")

# the weakest prediction, and the attack that proves its radius exact
weakest = int(result.radius.argmin())
attack = network.attack(X_test[weakest : weakest + 1])
poisoned = clone(network).fit(X_train, attack.relabel(y_train, 0))
print(
    f"row {weakest}: {attack.prediction[0]}, radius {result.radius[weakest]}; flipping {attack.rows[0].tolist()} "
    f"to {attack.labels[0].tolist()} makes it {poisoned.predict(X_test[weakest : weakest + 1])[0]}"
)

# one-sided and targeted questions
forced = network.attack(X_test[:1], target=3)
print(
    f"to lose its class, row 0 takes {result.flips_to_change[0]} flips; to become a 3, {forced.flips[0]} "
    f"({'no fewer' if forced.exact[0] else f'at least {forced.flips_lower[0]}'})"
)

# which labels to check first, and what checking them is worth
audit = audit_labels(network, X_test)
for n_checked in (0, 20, 80, 200):
    checked = np.isin(np.arange(800), audit.ranking[:n_checked])
    network.fit(X_train, y_train, trusted=checked)
    print(f"{n_checked:3d} labels checked: median radius {np.median(network.certify(X_test).radius):g}")

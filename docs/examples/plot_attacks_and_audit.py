"""
From radii to attacks, from attacks to the labels behind them
=============================================================

A certificate says that no r label flips change a prediction. A witness shows r + 1 flips that do. Rows that many
witnesses use are the ones that predictions hang on; once they are known to be correct, they are trusted, and the
attacker has to use others.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier
from skcert.display import AuditDisplay
from skcert.inspection import audit_labels
from skcert.metrics import median_certified_radius

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:800] / 16, y[:800], X[800:950] / 16, y[800:950]

network = NTKRegressorClassifier(alpha=5.0).fit(X_train, y_train)
result = network.certify(X_test)
print(f"median radius: {median_certified_radius(y_test, result):g} label flips; wrong predictions count as -1")

# %%
# The weakest prediction, and the attack that proves its radius exact: relabel these rows, fit again, and it changes.
weakest = int(result.radius.argmin())
attack = network.attack(X_test[weakest : weakest + 1])
poisoned = clone(network).fit(X_train, attack.relabel(y_train, 0))
print(
    f"row {weakest}: {attack.prediction[0]}, radius {result.radius[weakest]}; flipping {attack.rows[0].tolist()} "
    f"to {attack.labels[0].tolist()} makes it {poisoned.predict(X_test[weakest : weakest + 1])[0]}"
)

# %%
# One-sided and targeted questions.
forced = network.attack(X_test[:1], target=3)
print(
    f"to lose its class, row 0 takes {result.flips_to_change[0]} flips; to become a 3, {forced.flips[0]} "
    f"({'no fewer' if forced.exact[0] else f'at least {forced.flips_lower[0]}'})"
)

# %%
# The labels that predictions hang on: those that most smallest attacks need.
audit = audit_labels(network, X_test)
AuditDisplay.from_audit(audit, X_train, image_shape=(8, 8), y_train=y_train, n_labels=10)

# %%
# What checking them is worth, compared with checking rows at random.
n_checked = np.array([0, 20, 80, 200])
at_random = np.random.default_rng(0).permutation(800)
medians = {}
for name, order in (("most critical first", audit.ranking), ("at random", at_random)):
    trusted = [np.isin(np.arange(800), order[:n]) for n in n_checked]
    results = [network.fit(X_train, y_train, trusted=rows).certify(X_test) for rows in trusted]
    medians[name] = [median_certified_radius(y_test, result) for result in results]
fig, ax = plt.subplots(layout="constrained")
for (name, values), style in zip(medians.items(), ("o-", "s--"), strict=True):
    ax.plot(n_checked, values, style, label=f"checked {name}")
    print(f"{name}: median radii {values}")
ax.set(xlabel="Labels checked, of 800", ylabel="Median certified radius (label flips)", ylim=(0, None))
ax.legend()
ax.grid(alpha=0.3)

"""
From radii to attacks, from attacks to the labels behind them
=============================================================

A certificate says that no r label flips change a prediction. A witness shows r + 1 flips that do. Labels that are
likely wrong should be checked first; those that many witnesses use are the ones that predictions hang on, and to be
guarded. Once labels are known to be correct, they are trusted, and the attacker has to use others.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier
from skcert.display import AuditDisplay
from skcert.inspection import audit_labels, checking_curve
from skcert.metrics import median_certified_radius

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test, y_test = X[:800] / 16, y[:800], X[800:950] / 16, y[800:950]

network = NTKRegressorClassifier(alpha=5.0).fit(X_train, y_train)
result = network.certify(X_test)
print(
    f"median radius: {median_certified_radius(y_test, result):g} label flips; wrong "
    "predictions count as -1"
)

# %%
# The weakest prediction, and the attack that proves its radius exact: relabel these rows, fit again, and it changes.
weakest = int(result.radius.argmin())
attack = network.attack(X_test[weakest : weakest + 1])
poisoned = clone(network).fit(X_train, attack.relabel(y_train, 0))
print(
    f"row {weakest}: {attack.prediction[0]}, radius {result.radius[weakest]}; flipping "
    f"{attack.rows[0].tolist()} "
    f"to {attack.labels[0].tolist()} makes it {poisoned.predict(X_test[weakest : weakest + 1])[0]}"
)

# %%
# One-sided and targeted questions.
forced = network.attack(X_test[:1], target=3)
print(
    f"to lose its class, row 0 takes {result.flips_to_change[0]} flips; to become a 3, "
    f"{forced.flips[0]} "
    f"({'no fewer' if forced.exact[0] else f'at least {forced.flips_lower[0]}'})"
)

# %%
# Labels to check first. Forty labels are made wrong; without its own label, the model says something else about most
# of these rows. The arrow points to the label that it suggests.
noisy = y_train.copy()
wrong = np.random.default_rng(0).choice(800, 40, replace=False)
noisy[wrong] = (noisy[wrong] + 1) % 10
network = NTKRegressorClassifier(alpha=5.0).fit(X_train, noisy)
audit = audit_labels(network, X_test)
print(
    f"{np.isin(audit.ranking[:40], wrong).sum()} of the first 40 labels are wrong; by "
    "chance, 2 would be"
)
AuditDisplay.from_audit(audit, X_train, image_shape=(8, 8), y_train=noisy, n_labels=10)

# %%
# Labels to guard first: those that most smallest attacks need. They are another list, of typical rows.
print(f"{np.isin(audit.guard_ranking[:40], wrong).sum()} of the first 40 labels are wrong")
AuditDisplay.from_audit(
    audit, X_train, image_shape=(8, 8), y_train=noisy, question="guard", n_labels=10
)

# %%
# What checking is worth: the median radius if the first labels turn out to be correct.
curve = checking_curve(network, X_test, y_test, audit=audit, n_checked=[0, 50, 100, 200, 400])
AuditDisplay(audit, curve=curve).plot_curve()
print(curve)

# %%
# Those that are wrong are corrected, and predictions change, too.
first = audit.ranking[:100]
corrected = noisy.copy()
corrected[first] = y_train[first]
result = network.fit(X_train, corrected, trusted=np.isin(np.arange(800), first)).certify(X_test)
print(f"median radius after 100 labels were checked: {median_certified_radius(y_test, result):g}")
plt.show()

"""
One budget against a whole test set
===================================

Radii are about one prediction each. An attacker who wants to change many predictions has one budget for all of them,
and far fewer change than radii counted one by one suggest.
"""

# %%
import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test = X[:200] / 16, y[:200], X[200:215] / 16
network = NTKRegressorClassifier().fit(X_train, y_train)
radius = network.certify(X_test).radius

# %%
# The bound is proved by weak duality of a linear program; the attack shows how far from the truth it can be.
budgets = [2, 4, 6]
alone = [int((radius < flips).sum()) for flips in budgets]
bounds = [network.certify_collective(X_test, flips) for flips in budgets]
for flips, one_by_one, bound in zip(budgets, alone, bounds, strict=True):
    print(
        f"{flips} flips: {one_by_one} predictions could fall one by one, "
        f"{bound.n_changed_upper} together at most, "
        f"{bound.n_changed_lower} in the attack found"
    )

# %%
fig, ax = plt.subplots(layout="constrained")
series = {
    "counted one by one": alone,
    "together, at most": [bound.n_changed_upper for bound in bounds],
    "together, attack found": [bound.n_changed_lower for bound in bounds],
}
for shift, (name, counts) in enumerate(series.items()):
    bars = ax.bar(
        [position + 0.27 * (shift - 1) for position in range(len(budgets))],
        counts,
        width=0.25,
        label=name,
    )
    ax.bar_label(bars)
ax.set(xlabel="Label flips in all", ylabel=f"Predictions that fall, of {len(X_test)}")
ax.set_xticks(range(len(budgets)), budgets)
ax.legend()

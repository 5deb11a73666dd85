"""
Why steps that use labels void the guarantee
============================================

``SelectKBest`` chooses features by labels. A network after it has a radius for the chosen features; an attacker who
flips labels can have others chosen. Here two flips do what, according to the radius after that step, two dozen cannot.
"""

# %%
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert

X, y = load_breast_cancer(return_X_y=True)
X_train, y_train, X_test = X[:200], y[:200], X[200:]
model = make_pipeline(StandardScaler(), SelectKBest(k=1), skcert.NTKRegressorClassifier(alpha=30.0))
model.fit(X_train, y_train)

# %%
# ``skcert.certify`` refuses, and names the step.
try:
    skcert.certify(model, X_test)
except ValueError as error:
    print(error)

# %%
# Ask for the number anyway: it is marked as no guarantee.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", skcert.LabelUseWarning)
    result = skcert.certify(model, X_test, allow_label_use=True)
print(f"median radius over all predictions: {result.median_radius:g}")
print(result.caveats[0])

# %%
# The attack: flip the label that most helps another feature to overtake the chosen one, until it does.
chosen = int(f_classif(X_train, y_train)[0].argmax())


def lead(labels):
    scores = f_classif(X_train, labels)[0]
    return scores[chosen] - np.delete(scores, chosen).max()


poisoned = y_train.copy()
n_flips = 0
while lead(poisoned) > 0:
    leads = [
        lead(np.where(np.arange(len(poisoned)) == row, 1 - poisoned, poisoned))
        for row in range(len(poisoned))
    ]
    poisoned[np.argmin(leads)] = 1 - poisoned[np.argmin(leads)]
    n_flips += 1
changed = clone(model).fit(X_train, poisoned).predict(X_test) != result.prediction
broken = changed & (result.radius >= n_flips)
print(
    f"{n_flips} flips change {changed.sum()} predictions; {broken.sum()} of them had a "
    f"radius of at least {n_flips},"
)
print(f"up to {result.radius[broken].max()}")

# %%
fig, ax = plt.subplots(layout="constrained")
bins = np.arange(0, result.radius.max() + 2) - 0.5
ax.hist(
    [result.radius[~changed], result.radius[changed]],
    bins=bins,
    stacked=True,
    label=["stayed", "changed"],
)
ax.axvline(n_flips, color="black", linestyle="--", label=f"the attack: {n_flips} flips")
ax.set(xlabel="Radius behind the step (label flips), no guarantee", ylabel="Predictions")
ax.legend()

# %%
# What to do instead: :doc:`/what_voids_the_guarantee`.

"""
Rare classes, and weights on scores
===================================

A class with few rows has few labels that speak for it, so that its score is small and frequent classes win. If you
know how frequent classes are, ``score_weight`` makes up for it, and the certificate stays exact. It also makes centred
weights safe, which act through the sizes of classes.
"""

# %%
# The digits with a long tail: ten times as many zeros as nines for training, the same number of each for testing.
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier
from skcert.metrics import certified_accuracy_per_class, median_certified_radius

X, y = load_digits(return_X_y=True)
frequencies = 0.1 ** (np.arange(10) / 9)
frequencies /= frequencies.sum()
n_rows = np.round(554 * frequencies).astype(int)

rng = np.random.default_rng(0)
train, test = [], []
for digit in range(10):
    rows = rng.permutation(np.flatnonzero(y == digit))
    train.append(rows[: n_rows[digit]])
    test.append(rows[-40:])
train, test = np.sort(np.concatenate(train)), np.concatenate(test)
X_train, y_train, X_test, y_test = X[train] / 16, y[train], X[test] / 16, y[test]

# %%
# The frequencies are those that the rows were drawn with, known before anybody could flip a label. "balanced" counts
# them in the labels instead, which the attacker changes: nearly the same predictions, with smaller radii.
known = {digit: 1 / (10 * frequency) for digit, frequency in enumerate(frequencies)}
flat = {"weight_center": 0.9, "weight_clip": 0.05}
models = {
    "plain weights": NTKRegressorClassifier(alpha=np.inf),
    "plain, score_weight": NTKRegressorClassifier(alpha=np.inf, score_weight=known),
    "centred and clipped": NTKRegressorClassifier(alpha=np.inf, **flat),
    "the same, score_weight": NTKRegressorClassifier(alpha=np.inf, **flat, score_weight=known),
    'the same, "balanced"': NTKRegressorClassifier(alpha=np.inf, **flat, score_weight="balanced"),
}
shares = {}
print(f"{'':<24}  accuracy  worst class  right under any 2 flips  5 flips  median radius")
for name, model in models.items():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(X_train, y_train)
    result = model.certify(X_test)
    _, shares[name] = certified_accuracy_per_class(y_test, result, flips=[0, 2, 5])
    clean, two, five = shares[name].mean(axis=1)
    median = median_certified_radius(y_test, result)
    print(
        f"{name:<24}  {clean:>8.1%}  {shares[name][0].min():>11.1%}  {two:>23.1%}  "
        f"{five:>7.1%}  {median:>13g}"
    )
    for warning in said:
        print("   ", str(warning.message).partition(". ")[0])

# %%
# Pale bars: predicted correctly. Full bars: still correct, whichever two labels are flipped.
fig, axes = plt.subplots(2, 1, figsize=(8, 6.4), sharex=True, layout="constrained")
panels = {
    "Plain label weights: right (pale), and right under any 2 flips (full)": (
        "plain weights",
        "plain, score_weight",
    ),
    "Centred and clipped label weights": ("centred and clipped", "the same, score_weight"),
}
colors = {"no score weights": "tab:orange", "score weights, 1 / (10 * frequency)": "tab:blue"}
for ax, (title, names) in zip(axes, panels.items()):
    for name, (label, color), shift in zip(names, colors.items(), (-0.21, 0.21)):
        clean, two, _ = shares[name]
        ax.bar(np.arange(10) + shift, clean, 0.38, color=color, alpha=0.3)
        ax.bar(np.arange(10) + shift, two, 0.38, color=color, label=label)
    ax.set(title=title, ylabel="Share of test rows", ylim=(0, 1))
    ax.grid(axis="y", alpha=0.3)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
axes[1].set_xticks(range(10), [f"{digit}\n{rows}" for digit, rows in enumerate(n_rows)])
axes[1].set_xlabel("Digit, and its training rows")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)

# %%
# Without score weights, eights and nines are hardly ever recognised. Centring alone turns this round: it takes
# something off every label weight, which costs each class in proportion to its rows, and no zero is recognised any
# more. With score weights the loss is the same for all.
#
# They are not free: with plain weights, a flipped label of a rare class now moves its score ten times as far as one of
# the most frequent class, so fewer predictions withstand five flips than before. Centred and clipped weights win that
# back. More: :doc:`/unequal_classes`.

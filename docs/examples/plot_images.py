"""
Convolutional networks, and many ridges for the price of a few
==============================================================

Rows are images, flattened in (height, width, channels) order. ``alpha_path`` fits all ridges from one kernel matrix. A
ridge that is then chosen by its accuracy has seen labels, and is outside the guarantee; a picture like this one
shows what to expect.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier
from skcert.learners import alpha_path

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(
    np.float32
)  # half the memory; the certificate is about the numbers that are computed
X_train, y_train, X_test, y_test = X[:300], y[:300], X[300:450], y[300:450]

networks = {
    "fully connected": NTKRegressorClassifier(depth=3),
    "convolutional": NTKRegressorClassifier(depth=3, image_shape=(8, 8, 1)),
    "convolutional, erf": NTKRegressorClassifier(depth=3, image_shape=(8, 8, 1), activation="erf"),
}

# %%
alphas = [0.01, 0.1, 1.0, 10.0, np.inf]
fig, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True, layout="constrained")
for (name, network), style in zip(networks.items(), ("o-", "s--", "^:"), strict=True):
    results = [model.certify(X_test) for model in alpha_path(network, X_train, y_train, alphas)]
    certified = np.array([result.certified_accuracy(y_test, flips=[0, 3]) for result in results])
    print(f"{name:<18}  certified accuracy at 3 flips: {certified[:, 1].round(3).tolist()}")
    for ax, accuracy in zip(axes, certified.T, strict=True):
        ax.plot(range(len(alphas)), accuracy, style, label=name)
for ax, title in zip(axes, ("no flips: clean accuracy", "any 3 flips"), strict=True):
    ax.set(xlabel="alpha", title=title, ylim=(0, 1.02))
    ax.set_xticks(range(len(alphas)), [f"{alpha:g}" for alpha in alphas])
    ax.grid(alpha=0.3)
axes[0].set_ylabel("Certified accuracy")
axes[0].legend(loc="lower right")

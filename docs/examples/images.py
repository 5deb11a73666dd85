"""Convolutional networks of infinite width, and many ridges for the price of a few.

Rows are images, flat in (height, width, channels) order. `alpha_path` fits all ridges from one kernel matrix. A ridge
that is then chosen by its accuracy has seen labels, and is outside the guarantee; a table like this one shows what to
expect.
"""

import numpy as np
from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier
from skcert.learners import alpha_path

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)  # half the memory; the certificate is about the numbers that are computed
X_train, y_train, X_test, y_test = X[:500], y[:500], X[500:700], y[500:700]

networks = {
    "fully connected": NTKRegressorClassifier(depth=3),
    "convolutional": NTKRegressorClassifier(depth=3, image_shape=(8, 8, 1)),
    "convolutional, erf": NTKRegressorClassifier(depth=3, image_shape=(8, 8, 1), activation="erf"),
}
alphas = [0.01, 0.1, 1.0, 10.0, np.inf]
print(f"{'certified accuracy at 0 and 10 flips':<38}" + "".join(f"alpha = {alpha:<8g}" for alpha in alphas).rstrip())
for name, network in networks.items():
    results = [model.certify(X_test) for model in alpha_path(network, X_train, y_train, alphas)]
    pairs = [result.certified_accuracy(y_test, flips=[0, 10]) for result in results]
    print(f"{name:<38}" + "     ".join(f"{at_0:.1%} {at_10:>5.1%}" for at_0, at_10 in pairs))

"""One budget against a whole test set: far fewer predictions fall than radii counted one by one suggest."""

from sklearn.datasets import load_digits

from skcert import NTKRegressorClassifier

X, y = load_digits(return_X_y=True)
X_train, y_train, X_test = X[:200] / 16, y[:200], X[200:215] / 16
network = NTKRegressorClassifier().fit(X_train, y_train)
radius = network.certify(X_test).radius

print("label flips  one by one  together, at most  together, attack found")
for flips in (2, 4, 6):
    bound = network.certify_collective(X_test, flips)
    alone = int((radius < flips).sum())
    print(f"{flips:>11}  {alone:>10}  {bound.n_changed_upper:>17}  {bound.n_changed_lower:>22}")

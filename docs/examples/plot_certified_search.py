"""
A search inside the guarantee
=============================

Cross-validation chooses the ridge, an attacker writes some of the labels, and with them some of the choice.
`CertifiedGridSearchCV` certifies search and refit together. What does it cost, compared with a certificate that
takes the choice for granted?
"""

# %%
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skcert import NTKRegressorClassifier
from skcert.display import CertifiedAccuracyDisplay
from skcert.model_selection import CertifiedGridSearchCV

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, train_size=500, test_size=200, random_state=0
)
grid = {"alpha": [1.0, 10.0, 100.0]}
search = CertifiedGridSearchCV(NTKRegressorClassifier(), grid, cv=5).fit(X_train, y_train)
together = search.certify(X_test)
alone = search.best_estimator_.certify(X_test)
print(f"chosen: {search.best_params_}; the certificate covers the choice: {together.caveats == ()}")
print(
    f"median radius with the search {together.median_radius:g}, of the chosen model alone "
    f"{alone.median_radius:g}"
)

# %%
# The curves: what the choice costs at each number of flips.
display = CertifiedAccuracyDisplay.from_predictions(y_test, together, name="search and refit")
CertifiedAccuracyDisplay.from_predictions(
    y_test, alone, name="chosen model, choice not covered", ax=display.ax_
)

# %%
# What limits the radii: mostly candidates that are within reach, and less robust than the others.
for limit in np.unique(together.limited_by):
    rows = together.limited_by == limit
    alphas = [
        search.cv_results_["params"][h]["alpha"]
        for h in np.unique(together.limiting_candidate[rows])
    ]
    print(f"{limit:<13} {rows.sum():3d} rows, by alpha in {alphas}")
print("flips that may make each candidate win:", search.flips_to_select_)

# %%
# A narrower grid, of candidates that are alike, costs less.
narrow = CertifiedGridSearchCV(NTKRegressorClassifier(), {"alpha": [3.0, 10.0, 30.0]}, cv=5).fit(
    X_train, y_train
)
print(
    f"mean radius {narrow.certify(X_test).radius.mean():.2f}, of its chosen model alone "
    f"{narrow.best_estimator_.certify(X_test).radius.mean():.2f}"
)

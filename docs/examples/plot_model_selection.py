"""
Choosing partitions by certified accuracy
=========================================

Scaling, PCA and an ensemble, searched as one: how many partitions, and how much ridge, for the best accuracy under any
15 label flips? The search looks at labels, so the certificate is about refits with what it chose; the result says so.
"""

# %%
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skcert
from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.display import CertifiedAccuracyDisplay, PartitionTradeOffDisplay
from skcert.metrics import (
    certification_scorer,
    certified_accuracy_score,
    certified_accuracy_scorer,
    median_radius_scorer,
)

X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
scorers = {
    "accuracy": certified_accuracy_scorer(0),
    "at 15": certified_accuracy_scorer(15),
    "median_radius": median_radius_scorer(),
}
ensemble = PartitionAggregationEnsemble(
    NTKRegressorClassifier(), partition="random", random_state=0
)
search = GridSearchCV(
    make_pipeline(StandardScaler(), PCA(30, random_state=0), ensemble),
    {
        "partitionaggregationensemble__n_partitions": [5, 20, 50],
        "partitionaggregationensemble__estimator__alpha": [1.0, 30.0],
    },
    scoring=certification_scorer(scorers),
    refit="at 15",
    cv=3,
    n_jobs=2,
).fit(X_train, y_train)
result = skcert.certify(search, X_test)

# %%
print(search.best_params_)
for flips in (0, 5, 15):
    print(
        f"right under any {flips:2d} flips: "
        f"{certified_accuracy_score(y_test, result, flips=flips):.1%}"
    )
print(*result.caveats, sep="\n")

# %%
# What more partitions cost, and what they bring: means over the folds, with the best ridge for each number of them.
PartitionTradeOffDisplay.from_cv_results(search)

# %%
CertifiedAccuracyDisplay.from_predictions(y_test, result, name="chosen by the search")

"""``--alpha 0.1,1,10``: a ridge chosen by cross-validation, with radii that cover the choice."""

import json

import numpy as np
import pytest
from sklearn.model_selection import KFold

from skcert import NTKRegressorClassifier, PartitionAggregationEnsemble
from skcert.cli import main
from skcert.cli._arguments import ridges
from skcert.cli.tables import preprocessed, read_tables
from skcert.model_selection import CertifiedGridSearchCV

pd = pytest.importorskip("pandas")


@pytest.fixture
def tables(tmp_path):
    """Two classes, sorted by label, as tables of people often are."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(100, 3)), columns=["a", "b", "c"])
    table["verdict"] = np.where(table["a"] + 0.3 * table["b"] > 0, "good", "bad")
    table[:80].sort_values("verdict", kind="stable").to_csv(tmp_path / "train.csv", index=False)
    table[80:].to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def run(folder, *arguments):
    paths = [str(folder / "train.csv"), str(folder / "test.csv"), "--label", "verdict", "--out", str(folder / "out")]
    return main(["certify", *paths, *map(str, arguments)])


def written(folder):
    out = folder / "out"
    return json.loads((out / "summary.json").read_text()), pd.read_csv(out / "certificates.csv")


def test_the_choice_is_certified(tables, capsys):
    assert run(tables, "--n-partitions", 1, "--alpha", "1,30,inf", "--report") == 0
    summary, rows = written(tables)
    read = read_tables(str(tables / "train.csv"), str(tables / "test.csv"), "verdict")
    X_train, X_test = preprocessed(read)
    cv = KFold(5, shuffle=True, random_state=0)
    search = CertifiedGridSearchCV(NTKRegressorClassifier(weight_clip=0.99), {"alpha": [1.0, 30.0, np.inf]}, cv=cv)
    result = search.fit(X_train, read.train.labels).certify(X_test)
    assert rows["radius"].tolist() == result.radius.tolist()
    assert rows["limited_by"].tolist() == result.limited_by.tolist()
    searched = summary["search"]
    assert searched["alphas"] == [1.0, 30.0, "inf"] and searched["folds"] == 5
    assert searched["chosen"] == summary["parameters"]["alpha"] == searched["alphas"][search.best_index_]
    assert searched["cross_validated_accuracy"] == search.cv_results_["mean_test_score"].tolist()
    assert searched["flips_to_select"] == search.flips_to_select_.tolist()
    assert sum(searched["radii_limited_by"].values()) == len(rows)
    assert summary["certificate"] == "search" and summary["caveats"] == []
    assert "are about the chosen alpha" in summary["model_notes"][0]
    printed = capsys.readouterr().out
    words = f"alpha={searched['chosen']} was chosen from 1.0, 30.0, inf by cross-validated accuracy"
    page = (tables / "out" / "report.html").read_text()
    assert words in printed and words in page and "Every candidate was certified" in page


def test_of_an_ensemble(tables):
    assert run(tables, "--n-partitions", 3, "--alpha", "1,30", "--voting", "soft") == 0
    summary, rows = written(tables)
    assert summary["search"]["alphas"] == [1.0, 30.0] and summary["model_notes"] == []
    read = read_tables(str(tables / "train.csv"), str(tables / "test.csv"), "verdict")
    X_train, X_test = preprocessed(read)
    chosen = NTKRegressorClassifier(alpha=summary["search"]["chosen"])
    ensemble = PartitionAggregationEnsemble(chosen, n_partitions=3, voting="soft").fit(X_train, read.train.labels)
    assert (rows["radius"] <= ensemble.certify(X_test).radius).all()


def test_one_ridge_is_no_search(tables):
    assert run(tables, "--n-partitions", 1, "--alpha", 10) == 0
    assert written(tables)[0]["search"] is None
    assert ridges("10") == 10.0 and ridges("0.1, 1,inf") == [0.1, 1.0, np.inf]


@pytest.mark.parametrize("alpha", ["1,x", "1,,2", "1,"])
def test_what_is_no_ridge_is_refused(tables, alpha, capsys):
    assert run(tables, "--alpha", alpha) == 2
    assert "invalid ridges value" in capsys.readouterr().err


def test_a_negative_one_among_others_is_named(tables, capsys):
    assert run(tables, "--alpha=1,-1") == 2
    assert "'alpha' parameter" in capsys.readouterr().err

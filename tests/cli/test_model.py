"""What is said of the model that options describe."""

import numpy as np
import pytest

from skcert.cli import main

pd = pytest.importorskip("pandas")


@pytest.mark.parametrize(("n_partitions", "said"), [(1, False), (3, False), (9, True)])
def test_votes_of_few_rows_are_named(tmp_path, capsys, n_partitions, said):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(120, 3)), columns=["a", "b", "c"])
    table["kind"] = np.where(table["a"] > 0, "high", "low")
    table.to_csv(tmp_path / "table.csv", index=False)
    arguments = ["--label", "kind", "--out", str(tmp_path / "out"), "--n-partitions", str(n_partitions)]
    assert main(["certify", str(tmp_path / "table.csv"), *arguments]) == 0
    errors = capsys.readouterr().err
    assert ("9 networks of 10 rows each learn little" in errors) == said
    assert ("--n-partitions 4" in errors) == said

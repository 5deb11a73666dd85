"""What does not fit into memory is refused before any work, with its size and what to do."""

import gzip

import numpy as np
import pytest

from skcert.cli import main
from skcert.cli.tables import read_cells

pd = pytest.importorskip("pandas")

pytestmark = pytest.mark.usefixtures("without_plots")


@pytest.fixture
def left(monkeypatch):
    """Says how many bytes are left, of which all count."""

    def say(n_bytes):
        monkeypatch.setattr("skcert._utils._memory.memory_left", lambda: (n_bytes, "is left here"))
        monkeypatch.setattr("skcert._utils._memory._WORTH_A_LOOK", 0)

    return say


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(5000, 4)), columns=[*"abcd"])
    table["kind"] = np.where(table["a"] > 0, "u", "v")
    table.to_csv(tmp_path / "table.csv", index=False)
    with gzip.open(tmp_path / "packed.csv", "wt") as file:
        file.write((tmp_path / "table.csv").read_text())
    return tmp_path


def test_text(folder, left):
    """Estimated from the beginning of the file; less than what Python takes is never refused."""
    as_text = 20_000 * (8 + 60)
    left(as_text * 2)
    read_cells(folder / "table.csv")
    left(as_text // 2)
    with pytest.raises(MemoryError, match="table.csv is read as text, which takes .* MiB, .* fewer rows or columns"):
        read_cells(folder / "table.csv")
    assert read_cells(folder / "packed.csv").n_rows == 5000  # whose size nobody knows


@pytest.mark.parametrize(
    ("options", "n_bytes", "message"),
    [
        (["--n-partitions", "1"], 100e6, "A single network on 3,750 training rows takes 107 MiB"),
        (["--n-partitions", "2"], 50e6, "A vote of 2 networks on 3,750 training rows takes 53.6 MiB"),
    ],
)
def test_matrices(folder, left, capsys, options, n_bytes, message):
    left(n_bytes)
    command = ["certify", str(folder / "table.csv"), "--label", "kind", "--out", str(folder / "out"), *options]
    assert main(command) == 2
    error = capsys.readouterr().err.splitlines()
    assert message in error[-1] and "is left here. More networks need less: --n-partitions 20" in error[-1]
    assert not any("fitting" in line for line in error) and not (folder / "out").exists()


def test_features(folder, left, capsys, monkeypatch):
    monkeypatch.setattr("skcert.cli.tables._cells.check_csv_size", lambda *_: None)
    left(1e5)
    command = ["certify", str(folder / "table.csv"), "--label", "kind", "--out", str(folder / "out")]
    assert main(command) == 2
    assert "A table of 5,000 rows and 4 features takes" in capsys.readouterr().err

"""Results arrive together or not at all, whatever gets in the way."""

import errno
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from skcert.cli import _certify, main
from skcert.cli._results_folder import SUMMARY, ResultsFolder

pd = pytest.importorskip("pandas")

FULL = OSError(errno.ENOSPC, "No space left on device")
NAMES = ["certificates.csv", "labels_to_check.csv", "report.html", "certified_accuracy.png", "summary.json"]


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(90, 3)), columns=["a", "b", "c"])
    table["kind"] = np.where(table["a"] > 0, "u", "v")
    table[:60].to_csv(tmp_path / "train.csv", index=False)
    table[60:].to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def arguments(folder, *options, out="out"):
    paths = [str(folder / "train.csv"), str(folder / "test.csv"), "--label", "kind", "--out", str(folder / out)]
    return ["certify", *paths, "--n-partitions", "3", "--report", *map(str, options)]


def contents(out):
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_the_summary_names_the_files(folder):
    assert main(arguments(folder)) == 0
    out = folder / "out"
    assert sorted(json.loads((out / "summary.json").read_text())["files"]) == sorted(contents(out)) == sorted(NAMES)
    umask = os.umask(0)
    os.umask(umask)
    assert all((path.stat().st_mode & 0o777) == 0o666 & ~umask for path in out.iterdir())


@pytest.mark.parametrize(
    "broken", ["write_table", "write_labels_to_check", "_page", "save_certified_accuracy_plot", "write_json"]
)
@pytest.mark.parametrize(
    "error", [FULL, *(pytest.param(error, marks=pytest.mark.slow) for error in (KeyboardInterrupt(), ValueError("x")))]
)
def test_a_run_that_fails_leaves_the_one_before(folder, capsys, monkeypatch, broken, error):
    def fail(*_, **__):
        for path in (folder / "out").glob(".unfinished*/"):
            (path / "half").write_text("half a file")
        raise error

    assert main(arguments(folder)) == 0
    before = contents(folder / "out")
    capsys.readouterr()
    monkeypatch.setattr(_certify, broken, fail)
    assert main(arguments(folder, "--alpha", 7)) == (130 if isinstance(error, KeyboardInterrupt) else 2)
    assert contents(folder / "out") == before
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.splitlines()[-1].startswith("skcert: ")
    if isinstance(error, OSError) and broken != "_page":
        assert "could not be written: No space left on device" in printed.err
    assert main(arguments(folder, out="new/below")) != 0
    assert not (folder / "new").exists()


@pytest.mark.parametrize("failing", [2, 4, 5, 7])
def test_moving_is_undone(tmp_path, monkeypatch, failing):
    """Three old files are moved out, four new ones in; the one that fails may be any of them."""
    for name in NAMES[:3]:
        (tmp_path / name).write_text(f"old {name}")
    before = contents(tmp_path)
    calls, replace = [], os.replace

    def sometimes(source, target):
        calls.append((source, target))
        if len(calls) == failing:
            raise PermissionError(errno.EACCES, "Permission denied")
        replace(source, target)

    with pytest.raises(OSError, match="could not be written: Permission denied. No file of an earlier run"):
        with ResultsFolder(tmp_path, NAMES) as results:
            for name in NAMES:
                results.write(name, lambda path: path.write_text("new"))
            monkeypatch.setattr(os, "replace", sometimes)
    assert len(calls) >= failing and contents(tmp_path) == before


def test_the_summary_leaves_first_and_arrives_last(tmp_path, monkeypatch):
    (tmp_path / SUMMARY).write_text("old")
    (tmp_path / "a").write_text("old")
    seen, replace = [], os.replace

    def noted(source, target):
        replace(source, target)
        seen.append((tmp_path / SUMMARY).exists())

    with ResultsFolder(tmp_path, ["a", SUMMARY]) as results:
        for name in (SUMMARY, "a"):
            results.write(name, lambda path: path.write_text("new"))
        monkeypatch.setattr(os, "replace", noted)
    assert seen == [False, False, False, True]
    assert set(contents(tmp_path).values()) == {b"new"}


def test_a_file_that_was_not_made_is_not_missed(tmp_path):
    with ResultsFolder(tmp_path / "out", ["plot.png"]) as results:
        results.write("plot.png", lambda path: False)
    assert results.files == [] and not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of file sizes")
@pytest.mark.parametrize("options", [[], ["--format", "parquet"], ["--format", "json"]])
def test_full_disk(folder, options):
    """Files of 400 bytes at most: the writer of every format meets the limit."""
    if "parquet" in options:
        pytest.importorskip("pyarrow")
    assert main(arguments(folder, *options)) == 0
    before = contents(folder / "out")

    import resource

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400))

    command = [sys.executable, "-m", "skcert", *arguments(folder, *options, "--alpha", 7)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 2 and "could not be written" in last and "certificates." in last, done.stderr
    assert "Traceback" not in done.stderr and contents(folder / "out") == before


class TestImpossibleFolders:
    """Noticed ahead of the work: no table is read."""

    def _fails(self, folder, capsys, message, out="out"):
        (folder / "train.csv").write_text("")
        assert main(arguments(folder, out=out)) == 2
        printed = capsys.readouterr()
        assert printed.out == "" and len(printed.err.splitlines()) == 1
        assert message in printed.err and "--out" in printed.err

    @pytest.mark.parametrize("out", ["test.csv", "test.csv/below", "test.csv/far/below"])
    def test_a_file_in_the_way(self, folder, capsys, out):
        self._fails(folder, capsys, "test.csv is a file", out)

    def test_a_name_that_is_too_long(self, folder, capsys):
        self._fails(folder, capsys, "File name too long", "new/" + "x" * 300)
        assert not (folder / "new").exists()

    def test_no_permission(self, folder, capsys, monkeypatch):
        def refuse(**_):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr("tempfile.mkdtemp", refuse)
        self._fails(folder, capsys, "no files can be written there (Permission denied)", "new/below")
        assert not (folder / "new").exists()

    @pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no folder that nobody can write to")
    def test_a_folder_that_nobody_can_write_to(self, folder, capsys):
        self._fails(folder, capsys, "no files can be written there", "/proc/skcert")

    @pytest.mark.parametrize("name", NAMES)
    def test_a_folder_where_a_file_belongs(self, folder, capsys, name):
        (folder / "out" / name).mkdir(parents=True)
        self._fails(folder, capsys, f"{name} is a folder there")
        assert [path.name for path in (folder / "out").iterdir()] == [name]

    def test_demo(self, folder, capsys):
        assert main(["demo", "--out", str(folder / "train.csv")]) == 2
        printed = capsys.readouterr()
        assert printed.out == "" and "is a file" in printed.err

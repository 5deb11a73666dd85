"""Progress messages: what is said, when, and where."""

import io
import sys
import types

import pytest

from skcert._utils import Progress, reported, reported_stage


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr("skcert._utils._progress._SILENT_SECONDS", 0.0)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def said(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


def test_silent(at_once, capsys):
    assert list(reported([slice(0, 2), slice(2, 3)], "work", 3, "rows", 0)) == [slice(0, 2), slice(2, 3)]
    with reported_stage("stage", 0):
        pass
    assert said(capsys) == []


def test_short_work_is_not_reported(capsys):
    list(reported([slice(0, 3)], "work", 3, "rows", 10))
    with reported_stage("stage", 10):
        pass
    assert said(capsys) == []


def test_about_ten_times(at_once, capsys):
    list(reported((slice(i, i + 1) for i in range(1000)), "work", 1000, "rows", 1))
    lines = said(capsys)
    assert len(lines) == 10
    assert lines[0].startswith("work: 100 of 1000 rows, 0.0 s, 0.") and lines[0].endswith(" s left")
    assert lines[-1].startswith("work: 1000 of 1000 rows, ") and "left" not in lines[-1]


def test_every_step(capsys):
    list(reported((slice(i, i + 1) for i in range(30)), "work", 30, "rows", 11))
    assert len(said(capsys)) == 30


def test_stage(at_once, capsys):
    with reported_stage("kernel matrix of 5 rows", 1):
        pass
    assert said(capsys) == ["kernel matrix of 5 rows, 0.0 s"]


def test_nothing_to_do(at_once, capsys):
    assert list(reported([], "work", 0, "rows", 1)) == []
    progress = Progress("work", 0, "rows", 1)
    progress.reach(0)
    progress.close()
    assert said(capsys) == []


def test_work_that_stops_early(at_once, capsys):
    for rows in reported((slice(i, i + 1) for i in range(10)), "work", 10, "rows", 1):
        if rows.start == 3:
            break
    assert len(said(capsys)) == 3


def test_bar_at_a_terminal_with_tqdm(monkeypatch):
    bars = []

    class Bar:
        def __init__(self, **options):
            self.options, self.n, self.closed = options, 0, False
            bars.append(self)

        def update(self, n):
            self.n += n

        def close(self):
            self.closed = True

    terminal = Terminal()
    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    monkeypatch.setattr("sys.stderr", terminal)
    list(reported([slice(0, 4), slice(4, 7)], "work", 7, "rows", 1))
    (bar,) = bars
    assert bar.n == 7 and bar.closed and bar.options["total"] == 7 and bar.options["file"] is terminal
    list(reported([slice(0, 7)], "work", 7, "rows", 11))  # asked for each step: lines
    assert len(bars) == 1 and terminal.getvalue().startswith("work: 7 of 7 rows")


def test_lines_at_a_terminal_without_tqdm(at_once, monkeypatch):
    terminal = Terminal()
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr("sys.stderr", terminal)
    list(reported([slice(0, 7)], "work", 7, "rows", 1))
    assert terminal.getvalue().startswith("work: 7 of 7 rows, 0.0 s")


@pytest.mark.parametrize("stream", ["none", "closed"])
@pytest.mark.parametrize("verbose", [1, 11])
def test_without_anybody_to_tell(at_once, monkeypatch, capsys, stream, verbose):
    nobody = io.StringIO()
    nobody.close()
    monkeypatch.setattr("sys.stderr", None if stream == "none" else nobody)
    assert list(reported([slice(0, 7)], "work", 7, "rows", verbose)) == [slice(0, 7)]
    with reported_stage("stage", verbose):
        pass
    assert capsys.readouterr().out == ""

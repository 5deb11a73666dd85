import pytest

from skcert.cli._results_file import ResultsFile


def test_whole_or_not_at_all(tmp_path):
    path = tmp_path / "model"
    with pytest.raises(KeyError):
        with ResultsFile(path, "--to", bool) as file:
            file.write(lambda place: place.write_text("half"))
            raise KeyError
    assert list(tmp_path.iterdir()) == []
    with ResultsFile(path, "--to", bool) as file:
        file.write(lambda place: place.write_text("whole"))
        assert not path.exists()
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]
    with ResultsFile(path, "--to", lambda _: True):
        pass  # nothing was written
    assert path.read_text() == "whole" and list(tmp_path.iterdir()) == [path]


def test_nowhere():
    with ResultsFile(None, "--to", bool) as file:
        file.write(lambda place: place.unlink())  # is not called


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "is a folder; give the name of a file"), ("no/model", "a folder that exists"), ("other", "would be lost")],
)
def test_refused_before_any_work(tmp_path, name, message):
    (tmp_path / "other").write_text("a thesis")
    with pytest.raises(ValueError, match=f"--to .*{message}"):
        with ResultsFile(tmp_path / name, "--to", lambda _: False):
            raise AssertionError
    assert (tmp_path / "other").read_text() == "a thesis" and len(list(tmp_path.iterdir())) == 1


def test_a_writer_that_fails_is_named(tmp_path):
    def fail(_):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="model could not be written: No space left on device"):
        with ResultsFile(tmp_path / "model", "--to", bool) as file:
            file.write(fail)
    assert list(tmp_path.iterdir()) == []

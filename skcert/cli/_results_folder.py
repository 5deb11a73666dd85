"""The folder of a command's results: all files appear together, or none."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

SUMMARY = "summary.json"  # appears last, so that once it is there, the files that it names are complete


class ResultsFolder:
    """Creates a folder and collects files, which all appear there at the end.

    A context: files are written to a temporary folder inside it, and moved when the block has succeeded. Otherwise
    all of them are removed, and the files of an earlier run stay as they were.

    Parameters
    ----------
    out : str or path-like
        The folder; it and its parents are created if necessary.
    names : sequence of str
        Files that the command may write.

    Raises
    ------
    ValueError
        On entry, before any work, if files with these names cannot be written there.
    OSError
        If writing or moving fails; the message names the file.
    """

    def __init__(self, out, names):
        self.out = Path(out)
        self.names = names
        self.files = []

    def __enter__(self):
        self._made = [folder for folder in (self.out, *self.out.absolute().parents) if not os.path.lexists(folder)]
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            self._unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=self.out))
        except OSError as error:
            self._remove_empty()
            raise ValueError(f"--out {self.out}: {self._obstacle(error)}") from error
        in_the_way = [name for name in self.names if (self.out / name).is_dir()]
        if in_the_way:
            self._clean_up()
            raise ValueError(
                f"--out {self.out}: {in_the_way[0]} is a folder there; move it, or choose another folder."
            )
        return self

    def __exit__(self, kind, error, traceback):
        try:
            if kind is None:
                self._publish()
        finally:
            self._clean_up()

    def write(self, name, writer):
        """Let ``writer(path)`` write a file; it returns False if it did not."""
        try:
            written = writer(self._unfinished / name)
        except OSError as error:
            raise self._failure(name, error) from error
        if written is not False:
            self.files.append(name)

    def _publish(self):
        """Move the old files out of the way and the new ones in; undo that if anything is in the way."""
        earlier = self._unfinished / "earlier"
        earlier.mkdir()
        order = sorted(self.files, key=lambda name: name == SUMMARY)
        name = ""
        try:
            for name in reversed(order):
                if os.path.lexists(self.out / name):
                    os.replace(self.out / name, earlier / name)
            for name in order:
                os.replace(self._unfinished / name, self.out / name)
        except BaseException as error:
            for name in order:
                if os.path.lexists(earlier / name):
                    os.replace(earlier / name, self.out / name)
                elif not os.path.lexists(self._unfinished / name):
                    (self.out / name).unlink()
            if isinstance(error, OSError):
                raise self._failure(name, error) from error
            raise

    def _clean_up(self):
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._remove_empty()

    def _remove_empty(self):
        for folder in self._made:
            with suppress(OSError):  # not empty, or never created
                folder.rmdir()

    def _failure(self, name, error):
        reason = error.strerror or error
        return OSError(f"{self.out / name} could not be written: {reason}. No file of an earlier run was changed.")

    def _obstacle(self, error):
        for path in (self.out, *self.out.absolute().parents):
            if os.path.lexists(path):
                if not path.is_dir():
                    return f"{path} is a file; give a folder, which is created if necessary."
                break
        return f"no files can be written there ({error.strerror or error}); choose another folder."

"""One file that a command writes where the user says: whole, or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


class ResultsFile:
    """A context: a file is written beside its place, and moved there when the block has succeeded.

    Parameters
    ----------
    path : str, path-like or None
        Where it goes; None writes nothing.
    option : str
        The option that says so, for messages.
    may_replace : callable
        Whether the file that is there already may be replaced.

    Raises
    ------
    ValueError
        On entry, before any work, if the file cannot be written there.
    OSError
        If writing or moving fails; the message names the file.
    """

    def __init__(self, path, option, may_replace):
        self.path = None if path is None else Path(path)
        self._option, self._may_replace = option, may_replace
        self._unfinished = None

    def __enter__(self):
        if self.path is None:
            return self
        if self.path.is_dir():
            raise ValueError(f"{self._option} {self.path} is a folder; give the name of a file.")
        if self.path.exists() and not self._may_replace(self.path):
            raise ValueError(
                f"{self._option} {self.path} is a file of another kind, which would be lost; choose another name."
            )
        try:
            handle, name = tempfile.mkstemp(prefix=".unfinished-", dir=self.path.parent)
        except OSError as error:
            raise ValueError(
                f"{self._option} {self.path}: no file can be written there ({error.strerror}); choose a folder that "
                "exists and that you may write to."
            ) from error
        os.close(handle)
        os.unlink(name)  # the writer makes its own, with the usual permissions
        self._unfinished = Path(name)
        return self

    def __exit__(self, kind, error, traceback):
        if self._unfinished is None or self.path is None:
            return
        try:
            if kind is None and self._unfinished.exists():
                os.replace(self._unfinished, self.path)
        except OSError as problem:
            raise self._failure(problem) from problem
        finally:
            with suppress(FileNotFoundError):
                self._unfinished.unlink()

    def write(self, writer):
        """Let ``writer(path)`` write the file, if there is to be one."""
        if self._unfinished is None:
            return
        try:
            writer(self._unfinished)
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error):
        return OSError(f"{self.path} could not be written: {error.strerror or error}. No earlier file was changed.")

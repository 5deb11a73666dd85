"""Results in files, and back, equal to the bit."""

from __future__ import annotations

import json
from abc import abstractmethod
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from ._arrays import encoded
from ._document import document_of, result_from
from ._parquet import read_parquet, written_parquet

if TYPE_CHECKING:
    from typing_extensions import Self


class SavedAsJSON:
    """Mixin of results that JSON files can hold. A subclass has `_check`."""

    @abstractmethod
    def _check(self) -> None:
        """ValueError unless fields are what they have to be, and fit each other."""

    def to_json(self, path: str | PathLike) -> None:
        """Write the result to a JSON file, from which `from_json` makes it again, equal to the bit.

        Parameters
        ----------
        path : str or path-like
            The file; one that exists is replaced.

        Raises
        ------
        TypeError
            If labels, or the index, are of a kind that cannot be written; no file is written then.
        ValueError
            If arrays do not fit each other.
        OSError
            If the file cannot be written.
        """
        text = json.dumps(document_of(self), default=encoded, allow_nan=False)
        Path(path).write_text(text + "\n", encoding="ascii")

    @classmethod
    def from_json(cls, path: str | PathLike) -> Self:
        """The result that `to_json` wrote.

        Parameters
        ----------
        path : str or path-like
            The file. Nothing in it is run, but what it says is believed: whoever writes the file writes the radii.

        Returns
        -------
        result : the class that this is called on, or the subclass that was written

        Raises
        ------
        ValueError
            If the file holds no such result, or is not complete, or was written by a version with a later format.
        ImportError
            If the result has the index of a frame, and pandas is not installed.
        OSError
            If the file cannot be read.
        """
        content = Path(path).read_bytes()
        return result_from(cls, path, lambda: json.loads(content))


class SavedAsTable(SavedAsJSON):
    """Mixin of results with arrays of one length, which Parquet holds as columns."""

    @abstractmethod
    def _columns(self) -> dict[str, list[str]]:
        """The names of columns that each field fills, its arrays' columns one after the other."""

    def to_parquet(self, path: str | PathLike) -> None:
        """Write the result to a Parquet file, from which `from_parquet` makes it again, equal to the bit.

        Other programs read it as a table: what there is of each row, the index first. The rest is in its metadata.

        Parameters
        ----------
        path : str or path-like
            The file; one that exists is replaced.

        Raises
        ------
        ImportError
            If pyarrow is not installed.
        TypeError
            If labels, or the index, are of a kind that cannot be written; no file is written then.
        ValueError
            If arrays do not fit each other.
        OSError
            If the file cannot be written.
        """
        content = written_parquet(document_of(self), self._columns())
        Path(path).write_bytes(content)

    @classmethod
    def from_parquet(cls, path: str | PathLike) -> Self:
        """The result that `to_parquet` wrote.

        Parameters
        ----------
        path : str or path-like
            The file. Nothing in it is run, but what it says is believed: whoever writes the file writes the radii.

        Returns
        -------
        result : the class that this is called on, or the subclass that was written

        Raises
        ------
        ValueError
            If the file holds no such result, or is not complete, or was written by a version with a later format.
        ImportError
            If pyarrow is not installed, or the result has the index of a frame and pandas is not.
        OSError
            If the file cannot be read.
        """
        content = Path(path).read_bytes()
        return result_from(cls, path, lambda: read_parquet(content))

"""A file's content, compressed or not, from disk or from a pipe; what the content is decides, not the file's name."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path

PARQUET, CSV = "Parquet", "CSV"
_PARQUET_SUFFIXES = (".parquet", ".pq")
_MAGIC = {
    b"PAR1": PARQUET,
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # without any file
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"\xd0\xcf\x11\xe0": "spreadsheet",
    b"ARROW1": "Feather",
    b"SQLite format 3\x00": "SQLite",
    b"\x89HDF": "HDF5",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "PDF",
    b"\x7fELF": "a program",
    b"#!": "a program",
}
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")
_TAR_MAGIC, _TAR_PLACE = b"ustar", 257
MODEL_FILE = "schema.json"
"""In archives that skops writes."""
_MOST_LAYERS = 3  # of compression, one inside another

DAMAGED = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile, tarfile.TarError)
"""What reading a damaged compressed file raises, besides OSError without a file name."""


@contextmanager
def opened_table(path):
    """A context: a table's file, ready to be read, without compression.

    Parameters
    ----------
    path : str or path-like
        File or pipe.

    Returns
    -------
    file : binary file object
        At its beginning; it can be read repeatedly.
    kind : {"Parquet", "CSV"}

    Raises
    ------
    ValueError
        If it is neither, or damaged.
    """
    if Path(path).is_dir():
        raise ValueError(f"{path} is a folder; give a CSV or Parquet file.")
    check_there(path)
    with ExitStack() as opened:
        file = opened.enter_context(open(path, "rb"))
        if not file.seekable():  # a pipe, which can be read only once
            file = io.BytesIO(file.read())
        for _ in range(_MOST_LAYERS):
            kind = _kind(path, file)
            if kind in (PARQUET, CSV):
                break
            file = opened.enter_context(_unpacked(path, file, kind))
        else:
            raise ValueError(f"{path} is compressed more than {_MOST_LAYERS - 1} times; unpack it.")
        yield file, kind


def check_there(path):
    """ValueError if there is no such file."""
    if not Path(path).exists():
        raise ValueError(f"There is no file {path}; check its name, and the folder that you are in.")


def damaged(path, kind, error):
    """The ValueError that says that a file could not be read to its end."""
    return ValueError(
        f"{path} cannot be read as {kind}: it is damaged or incomplete ({error}). Copy or write it again."
    )


def _kind(path, file):
    try:
        file.seek(0)
        start = file.read(512)
        file.seek(0)
    except (*DAMAGED, OSError) as error:
        if getattr(error, "filename", None) is not None:
            raise
        raise damaged(path, CSV, error) from None
    if start[_TAR_PLACE:].startswith(_TAR_MAGIC):
        return "tar"
    kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), CSV)
    if start.lstrip()[:1] in (b"{", b"[") and kind == CSV:
        kind = "JSON"
    if start.lstrip().lower().startswith(_MARKUP) and kind == CSV:
        kind = "a web page"
    if kind == CSV and Path(path).suffix.lower() in _PARQUET_SUFFIXES:
        raise ValueError(
            f"{path} cannot be read as Parquet: it does not begin as Parquet files do. If it is CSV, rename it to "
            ".csv; otherwise write it again."
        )
    return kind


def _unpacked(path, file, kind):
    try:
        if kind == "gzip":
            return gzip.GzipFile(fileobj=file, mode="rb")
        if kind == "bzip2":
            return bz2.BZ2File(file)
        if kind == "xz":
            return lzma.LZMAFile(file)
        if kind == "zstandard":
            return io.BytesIO(_without_zstandard(file.read()))
        if kind == "zip":
            return _only_member_of_zip(path, file)
        if kind == "tar":
            return _only_member_of_tar(path, file)
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed in a way that Python does not know
        raise ValueError(f"{path} cannot be read: {error}. Unpack it first.") from None
    except (*DAMAGED, OSError) as error:
        raise damaged(path, CSV, error) from None
    raise ValueError(f"{path} is neither CSV nor Parquet but looks like {kind}; save the table as CSV.")


def _without_zstandard(content):
    """All frames of a file."""
    try:
        from compression.zstd import ZstdDecompressor, ZstdError  # Python 3.14
    except ImportError:
        try:
            import zstandard
        except ImportError as error:
            raise ImportError("Reading files compressed by Zstandard needs it: pip install zstandard.") from error
        ZstdError = zstandard.ZstdError

        def ZstdDecompressor():
            return zstandard.ZstdDecompressor().decompressobj()

    parts = []
    while content:
        frame = ZstdDecompressor()
        try:
            parts.append(frame.decompress(content))
        except ZstdError as error:
            raise EOFError(str(error)) from None
        if not frame.eof:
            raise EOFError("its last frame ends early")
        content = frame.unused_data
    return b"".join(parts)


def _only_member_of_zip(path, file):
    archive = zipfile.ZipFile(file)
    names = [name for name in archive.namelist() if not name.endswith("/") and not _is_aside(name)]
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise ValueError(f"{path} is neither CSV nor Parquet but looks like a spreadsheet; save the table as CSV.")
    if MODEL_FILE in names:
        raise ValueError(f"{path} is neither CSV nor Parquet but looks like a saved model; give it as --model.")
    _check_single(path, names)
    return archive.open(names[0])


def _only_member_of_tar(path, file):
    archive = tarfile.open(fileobj=file, mode="r:")
    members = [member for member in archive.getmembers() if member.isfile() and not _is_aside(member.name)]
    _check_single(path, [member.name for member in members])
    return archive.extractfile(members[0])


def _is_aside(name):
    """Whether a file in an archive is one that systems add unasked."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def _check_single(path, names):
    if len(names) != 1:
        raise ValueError(f"{path} holds {len(names)} files, but one table is needed; unpack it and name the table.")

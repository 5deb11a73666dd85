"""What a file is, by its content: compressed, damaged, wrongly named, piped, or no table at all."""

import bz2
import gzip
import io
import itertools
import lzma
import os
import tarfile
import threading
import zipfile

import pytest

from skcert.cli.tables._file import DAMAGED, opened_table

CONTENT = b"a,y\n1,u\n2,v\n" * 300


def tar(content, *names, mode="w"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zipped(content, *names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


PACKED = {
    "plain": CONTENT,
    "gzip": gzip.compress(CONTENT),
    "bzip2": bz2.compress(CONTENT),
    "xz": lzma.compress(CONTENT),
    "zip": zipped(CONTENT, "folder/t.csv", "__MACOSX/t.csv", "folder/.DS_Store"),
    "tar": tar(CONTENT, "t.csv"),
    "tar.gz": tar(CONTENT, "t.csv", mode="w:gz"),
    "gzip of gzip": gzip.compress(gzip.compress(CONTENT)),
}


def read_twice(path):
    with opened_table(path) as (file, kind):
        first = file.read()
        file.seek(0)
        assert file.read() == first
        return first, kind


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.csv.zip", "t", "t.xz"])
@pytest.mark.parametrize("packed", PACKED)
def test_the_name_does_not_matter(tmp_path, packed, name):
    (tmp_path / name).write_bytes(PACKED[packed])
    assert read_twice(tmp_path / name) == (CONTENT, "CSV")


@pytest.mark.parametrize("packed", PACKED)
def test_pipes(tmp_path, packed):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(PACKED[packed]))
    writer.start()
    assert read_twice(tmp_path / "pipe") == (CONTENT, "CSV")
    writer.join()


@pytest.mark.parametrize("packed", ["gzip", "bzip2", "xz", "zip", "tar.gz"])
@pytest.mark.parametrize("left", [0.3, 0.6])
def test_truncated(tmp_path, packed, left):
    path = tmp_path / "t.csv"
    path.write_bytes(PACKED[packed][: int(left * len(PACKED[packed]))])
    with pytest.raises((ValueError, OSError, *DAMAGED)), opened_table(path) as (file, _):
        file.read()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(b"", "xl/workbook.xml", "[Content_Types].xml"), "looks like a spreadsheet"),
        (zipped(b"", "mimetype", "content.xml"), "looks like a spreadsheet"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "looks like spreadsheet"),
        (b"ARROW1" + bytes(600), "looks like Feather"),
        (b"SQLite format 3\x00", "looks like SQLite"),
        (zipped(CONTENT, "a.csv", "b.csv"), "holds 2 files"),
        (zipped(CONTENT), "holds 0 files"),
        (tar(CONTENT, "a.csv", "b.csv"), "holds 2 files"),
        (b'{"a": 1}', "looks like JSON"),
        (b'[{"a": 1}]', "looks like JSON"),
        (gzip.compress(gzip.compress(gzip.compress(CONTENT))), "compressed more than 2 times"),
    ],
    ids=itertools.count(),
)
def test_no_tables(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(ValueError, match=rf"t\.csv .*{message}"), opened_table(tmp_path / "t.csv"):
        pass


def test_zstandard(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    path, half = tmp_path / "t.csv.zst", len(CONTENT) // 2
    stream = zstandard.ZstdCompressor().compressobj()  # whose header does not say how much there is
    streamed = stream.compress(CONTENT) + stream.flush()
    frames = zstandard.compress(CONTENT[:half]) + zstandard.compress(CONTENT[half:])
    for packed in (streamed, frames):
        path.write_bytes(packed)
        assert read_twice(path) == (CONTENT, "CSV")
    for packed in (streamed[:-5], frames[:-5], streamed[:20] + bytes(10) + streamed[30:]):
        path.write_bytes(packed)
        with pytest.raises(ValueError, match="damaged or incomplete"):
            read_twice(path)


def test_parquet_by_its_content(tmp_path):
    for name, content in (("t.csv", b"PAR1..."), ("t.parquet.gzip", b"PAR1..."), ("t.gz", gzip.compress(b"PAR1..."))):
        (tmp_path / name).write_bytes(content)
        assert read_twice(tmp_path / name) == (b"PAR1...", "Parquet")
    (tmp_path / "t.parquet").write_bytes(CONTENT)
    with pytest.raises(ValueError, match="cannot be read as Parquet: .* rename it to .csv"):
        read_twice(tmp_path / "t.parquet")

"""Whether the text of a CSV file fits into memory, before it is read."""

import io
import re
import sys

from ..._utils import check_memory

_SAMPLE = 2**18  # bytes
_PLACE = 8  # bytes of a place in a list
_LINE = re.compile(rb"\r\n|\n|\r")


def check_csv_size(path, file, separator):
    """MemoryError if a file on disk has more cells than memory, going by its beginning; the file is left as it was."""
    if not isinstance(file, io.BufferedReader):  # unpacked on the way, or in memory already
        return
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    sample = file.read(_SAMPLE)
    file.seek(0)
    if size <= len(sample):
        return
    mark = separator.encode()
    cells = [cell for line in _LINE.split(sample) for cell in line.split(mark)]
    # Python has each text of no or one character once
    needed = sum(_PLACE + (sys.getsizeof(cell) if len(cell) > 1 else 0) for cell in cells)
    check_memory(
        int(needed * (size / len(sample))),
        f"{path} is read as text, which",
        "Take fewer rows or columns; or save it as Parquet, which needs less.",
    )

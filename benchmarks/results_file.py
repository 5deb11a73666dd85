"""Tasks that take long, one line of a CSV file for each of their readings: a second call goes on where one stopped."""

import argparse
import csv
import tempfile
import time
from pathlib import Path

from writing import load_json, save_json


class ResultsFile:
    """Rows measured so far, read from and appended to ``results.csv`` in `folder`.

    Parameters
    ----------
    folder : path
        Where the file is, and ``machine.json``.
    columns : sequence of str
        The columns; ``id`` and ``task`` are among them. What a row lacks is empty.
    text : set of str
        Columns that hold text. The others hold numbers, True or False.
    whole : set of str
        Columns whose numbers without a fraction are read as ints.
    """

    def __init__(self, folder, columns, text, whole):
        self.folder, self.columns = Path(folder), columns
        self._text, self._whole = text, whole
        self.rows = [
            {key: self._value(key, cell) for key, cell in row.items()}
            for row in read_lines(self.folder / "results.csv")
        ]

    @property
    def machine(self):
        """Facts about the last machine that measured."""
        return load_json(self.folder / "machine.json")

    @machine.setter
    def machine(self, facts):
        save_json(self.folder / "machine.json", facts)

    @property
    def done(self):
        return {row["task"] for row in self.rows}

    def add(self, rows):
        """Append the rows of one task; returns them with all columns."""
        first = max((row["id"] for row in self.rows), default=-1) + 1
        rows = [{**dict.fromkeys(self.columns, ""), "id": first + i, **row} for i, row in enumerate(rows)]
        append_lines(self.folder / "results.csv", self.columns, rows)
        self.rows += rows
        return rows

    def _value(self, key, cell):
        if key in self._text or cell == "":
            return cell
        if cell in ("True", "False"):
            return cell == "True"
        value = float(cell)
        return int(value) if value.is_integer() and key in self._whole else value


def study_parser(description, results):
    """Arguments of a script that measures on a file of features, into a folder of `results`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", nargs="?")
    parser.add_argument("--data", default="cifar10", help="name of the data: the results' folder")
    parser.add_argument("--results", default=results, help="where the folders of results are")
    parser.add_argument("--test", type=int, default=10_000, help="test rows of the table")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--quick", action="store_true")
    return parser


def run_study(parser, measure_all, write_pages, quick):
    """Do what the arguments say: measure, ``write_pages(folder)``, or ``quick(folder)`` in a temporary one."""
    arguments = parser.parse_args()
    if arguments.report:
        write_pages(Path(arguments.results))
    elif arguments.quick:
        with tempfile.TemporaryDirectory() as folder:
            quick(Path(folder))
    elif arguments.features is None:
        parser.error("FEATURES.npz is missing: a file with X_train, y_train, X_test and y_test.")
    else:
        measure_all(arguments)


def measure_missing(part, tasks, results, measure):
    """Measure the tasks that are not among the results yet; ``measure(task)`` adds to them and says what it found."""
    tasks = list(tasks)
    missing = [task for task in tasks if task.name not in results.done]
    print(f"{part}: {len(tasks)} tasks, {len(tasks) - len(missing)} of them done before", flush=True)
    start = time.perf_counter()
    for number, task in enumerate(missing, 1):
        found = measure(task)
        elapsed = time.perf_counter() - start
        left = elapsed / number * (len(missing) - number)
        print(f"{number}/{len(missing)} {elapsed:.0f} s, {left:.0f} s left  {task.name}: {found}", flush=True)


def read_lines(path):
    """The lines of a CSV file as dicts of text; none if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def append_lines(path, columns, lines):
    """Append dicts to a CSV file, which gets its header first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(lines)

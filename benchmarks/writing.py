"""What benchmarks write: results as JSON or CSV, tables as Markdown, and the sections of the docs that show them."""

import csv
import json
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
FIGURES = DOCS / "figures"


def markdown_table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def save_json(path, results):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(results, indent=1) + "\n")


def load_json(path):
    return json.loads(Path(path).read_text())


def save_csv(path, rows):
    """One line for each of the rows, dicts with the same keys."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def load_csv(path):
    """The rows, as dicts; what reads as a number or as True or False is one."""
    with Path(path).open(newline="") as file:
        return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]


def section(page, name):
    """What stands between the markers of section `name` of a page."""
    begin, end = _markers(name)
    return page.split(begin, 1)[1].split(end, 1)[0].strip()


def with_section(page, name, text):
    """The page with the section between its markers replaced."""
    begin, end = _markers(name)
    if page.count(begin) != 1 or page.count(end) != 1:
        raise SystemExit(f"The page needs the two lines {begin!r} and {end!r} once each.")
    before, rest = page.split(begin, 1)
    _, after = rest.split(end, 1)
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def write_sections(path, sections):
    """Replace the sections of the page at `path`: a dict of names and texts."""
    page = Path(path).read_text()
    for name, text in sections.items():
        page = with_section(page, name, text)
    Path(path).write_text(page)


def of_seconds(value):
    """Seconds, with the unit that suits them and three digits."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size * (1.0 if size <= 1.0 else 2.0):
            return f"{three_digits(value / size)} {unit}"
    return f"{three_digits(value / 1e-9)} ns"


def of_bytes(value):
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{three_digits(value / size)} {unit}"
    return f"{value:.0f} B"


def three_digits(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _value(text):
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _markers(name):
    return f"<!-- {name}: generated -->", f"<!-- {name}: end -->"

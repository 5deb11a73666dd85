"""What the benchmarks write: results as JSON, tables as Markdown, and the sections of the docs that show them.

    python benchmarks/report.py

writes every generated section and figure of the docs and the README again, from the results files in docs/figures/,
without measuring: those of campaign.py, peers.py, scaling.py, witnesses.py and headline/. Needs matplotlib.
"""

import argparse
import json
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
DOCS = BENCHMARKS.parent / "docs"
FIGURES = DOCS / "figures"


def markdown_table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def save_json(path, results):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(results, indent=1) + "\n")


def load_json(path):
    return json.loads(Path(path).read_text())


def section(page, name):
    """The text between the markers of section `name` of a page."""
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
    """Seconds in a suitable unit, with three digits."""
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


def write_all():
    """Write all generated sections and figures again from all results files."""
    sys.path.insert(0, str(BENCHMARKS / "headline"))  # whose modules import each other by name
    import campaign  # like the others, after this module, which they import
    import pages
    import peers
    import scaling
    import witnesses

    headline = FIGURES / "headline"
    files = [campaign.RESULTS, peers.RESULTS, scaling.RESULTS, witnesses.RESULTS]
    files += [headline / data / name for data in pages.DATA for name in ("results.csv", "machine.json")]
    missing = ", ".join(str(file.relative_to(DOCS.parent)) for file in files if not file.exists())
    if missing:
        raise SystemExit(f"Nothing written: {missing} missing. The script of the same name, or folder, measures it.")
    write_sections(DOCS / "how_we_know.md", {"campaign": campaign.report(load_json(campaign.RESULTS))})
    write_sections(DOCS / "speed.md", {"peers": peers.report(load_json(peers.RESULTS))})
    results = load_json(scaling.RESULTS)
    scaling.write_report(results, results["bandwidth"])
    witnesses.write_report(load_json(witnesses.RESULTS))
    pages.write_pages(headline)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    write_all()


def _markers(name):
    return f"<!-- {name}: generated -->", f"<!-- {name}: end -->"


if __name__ == "__main__":
    main()

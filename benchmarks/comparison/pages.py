"""What the docs show from the results files: figures, and the sections between markers."""

from machine import facts_line
from writing import DOCS, write_sections

from .results import StudyFile
from .tables import by_partitions, cost, flat_weights, minutes, other_certificates, ridges

DATA = ("cifar10", "fashion_mnist")
"""Folders of results that the docs show."""


def write_pages(folder):
    """Write all figures and sections again."""
    from .figures import draw  # which needs matplotlib

    results = {data: StudyFile(folder / data) for data in DATA}
    for found in results.values():
        draw(found, found.folder)
    root = DOCS.parent
    for page, sections in report(results).items():
        write_sections(root / page, sections)


def report(results):
    """The sections of each page, by the page's path from the root of the repository; `results` files by data."""
    rows_by_data = {data: found.rows for data, found in results.items()}
    sections = {}
    for data, rows in rows_by_data.items():
        sections |= {
            f"{data} partitions": by_partitions(rows),
            f"{data} others": other_certificates(rows),
            f"{data} cost": f"{cost(rows)}\n\n{minutes(rows)} Measured on: {facts_line(results[data].machine)}",
        }
    cifar10 = rows_by_data["cifar10"]
    return {
        "docs/results.md": sections,
        "docs/flat_weights.md": {"flat weights": flat_weights(cifar10)},
        "docs/choosing.md": {"ridges": ridges(cifar10)},
    }

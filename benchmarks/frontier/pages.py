"""What the docs show of the frontier: figures, and the sections between markers."""

from machine import facts_line
from writing import DOCS, write_sections

from .choices import of_table
from .results import FrontierFile
from .tables import (
    claims,
    dial_families,
    dial_table,
    frontier_table,
    hard_votes,
    in_short,
    minutes,
    published,
    settings_table,
)

DATA = ("cifar10", "fashion_mnist")
"""Folders of results that the docs show."""
_DIAL_SHOWN = "256", (1.0, 10.0, float("inf"))
_README_LEVELS = (70, 72, 74, 76, 78, 80)


def write_pages(folder):
    """Write all figures and sections again."""
    from .figure import draw, draw_at_a_glance  # which need matplotlib

    results = {data: FrontierFile(folder / data) for data in DATA}
    for found in results.values():
        draw(found.rows, found.folder / "frontier.png")
    draw_at_a_glance(results["cifar10"].rows, results["cifar10"].folder)
    for page, sections in report(results).items():
        write_sections(DOCS.parent / page, sections)


def report(results):
    """The sections of each page, by the page's path from the root of the repository; `results` files by data."""
    sections = {}
    for data, found in results.items():
        for kind in dict.fromkeys(row["labels"] for row in found.rows):
            rows = of_table(found.rows, kind)
            name = data if kind == "true" else f"{data} people"
            sections |= {
                f"{name} frontier": f"{claims(rows, kind)}\n\n{frontier_table(rows)}",
                f"{name} frontier settings": settings_table(rows),
                f"{name} hard votes": hard_votes(rows),
            }
        sections[f"{data} frontier cost"] = f"{minutes(found.rows)} Measured on: {facts_line(found.machine)}"
    true = of_table(results["cifar10"].rows, "true")
    sections["published figures"] = published({data: of_table(found.rows, "true") for data, found in results.items()})
    study = results["cifar10"].rows
    return {
        "docs/results.md": sections,
        "docs/flat_weights.md": {
            "dial": dial_table(study, *_DIAL_SHOWN),
            "dial families": dial_families(study),
        },
        "README.md": {"headline": in_short(true, _README_LEVELS)},
    }

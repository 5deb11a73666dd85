import pytest

from skcert.results import share_text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.5, "50.0%"),
        (1 / 3, "33.3%"),
        (0.29, "29.0%"),
        (0.9999, "99.9%"),  # and not all
        (1 - 1e-12, "99.9%"),
        (0.6799, "67.9%"),
        (0.001, "0.1%"),
        (0.0004, "below 0.1%"),  # and not none
        (1e-12, "below 0.1%"),
    ],
)
def test_a_share_is_rounded_down(share, text):
    assert share_text(share) == text

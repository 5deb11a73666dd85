"""What share of predictions is certain, in words that never claim too much."""

import numpy as np


def share_text(share):
    """A share for people, rounded down to a tenth of a percent: "100%" means all, and nothing above 0 becomes 0.

    Parameters
    ----------
    share : float
        Between 0 and 1.

    Returns
    -------
    text : str
    """
    if share <= 0 or share >= 1:
        return "100%" if share >= 1 else "0%"
    tenths = np.floor(1000 * share + 1e-9)
    return f"{min(tenths, 999) / 10:.1f}%" if tenths else "below 0.1%"

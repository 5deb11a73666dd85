"""Attacks on a whole test set: they show how far a collective bound can be from the truth."""

import numpy as np

from ..._utils import compiled

_LEAST_SHARE = 1e-4  # of a flip, in a fractional solution


def attacks_along(x, pairs, budget):
    """Attacks that begin with some of the largest entries of x, from few to all, and continue greedily."""
    order = np.argsort(-x, kind="stable")
    order = order[x[order] > _LEAST_SHARE]
    _, first = np.unique(pairs.row[order], return_index=True)
    order = order[np.sort(first)][:budget]
    begun = np.unique(np.linspace(0, order.size, 5).astype(np.int64))[1:]
    return [greedy_attack(pairs, budget, order[:n_flips]) for n_flips in begun]


def greedy_attack(pairs, budget, begin):
    """The options in `begin`, then repeatedly those that change one more test row with the fewest flips.

    These may change others back; the attack ends where it had changed the most.
    """
    attack = best = begin
    if pairs.point.size == 0:
        return attack
    most_changed = 0
    while True:
        x = np.zeros(pairs.row.size)
        x[attack] = 1.0
        missing = pairs.enough - pairs.gains @ x
        changed = np.zeros(int(pairs.point.max()) + 1, dtype=bool)
        changed[pairs.point[missing <= 0]] = True
        if changed.sum() > most_changed:
            best, most_changed = attack, changed.sum()
        missing[changed[pairs.point]] = np.inf
        used = np.zeros(int(pairs.row.max()) + 1, dtype=bool)
        used[pairs.row[attack]] = True
        more = _cheapest_change(
            missing, pairs.starts, pairs.useful, pairs.useful_gains, pairs.row, used, budget - attack.size
        )
        if more.size == 0:
            return best
        attack = np.concatenate([attack, more])


@compiled
def _cheapest_change(missing, starts, useful, useful_gains, row, used, budget):
    """Fewest options, on unused rows, that gain what one pair is missing; empty if that takes more than `budget`."""
    best = np.empty(0, np.int64)
    most = budget
    last_pair = np.full(used.shape[0], -1)  # the pair at which a row was last used
    flips = np.empty(max(budget, 0), np.int64)
    for pair in range(missing.shape[0]):
        if not np.isfinite(missing[pair]):
            continue
        gained, n_flips = 0.0, 0
        for k in range(starts[pair], starts[pair + 1]):
            if n_flips == most:
                break
            i = row[useful[k]]
            if used[i] or last_pair[i] == pair:
                continue
            last_pair[i] = pair
            flips[n_flips] = useful[k]
            n_flips += 1
            gained += useful_gains[k]
            if gained >= missing[pair]:
                best = flips[:n_flips].copy()
                most = n_flips - 1
                break
    return best

"""A run-off election at one test row: first votes, two front runners, and which voters prefer the winner to whom.

A voter ranks the classes by ``(-score, index)``, in both rounds. Its first vote is the class on top. The front runners
are the two classes with the most first votes, smaller indices first among equals. More voters rank the winner above
the other one than below it; of equals, the smaller index wins.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..._utils import compiled, compiled_part
from .._no_vote import NO_VOTE
from .._weight_blocks import double_blocks


class Tally(NamedTuple):
    """What one election comes to; `n_listed` classes have first votes, at most one for each voter."""

    votes: np.ndarray
    """(n_voters,): the class on top, `NO_VOTE` where all scores are NaN."""
    counts: np.ndarray
    """(n_classes,): first votes for each class."""
    movable: np.ndarray
    """(n_voters,), bool: whether any flips change what a voter says."""
    movable_counts: np.ndarray
    """(n_classes,): first votes of movable voters."""
    lead: np.ndarray
    """(n_classes,): voters that rank the winner above a class, less those that rank it below."""
    voted: np.ndarray
    """(n_listed,): the classes that have first votes."""
    place: np.ndarray
    """(n_classes,): where they stand in that list, -1 for the others."""
    turning: np.ndarray
    """(n_listed, n_classes): movable voters, by their vote, that rank the winner above a class."""


def new_tally(n_voters, n_classes):
    """Arrays for a `Tally`."""
    n_listed = min(n_voters, n_classes)
    return Tally(
        votes=np.empty(n_voters, dtype=np.int64),
        counts=np.empty(n_classes, dtype=np.int64),
        movable=np.ones(n_voters, dtype=bool),
        movable_counts=np.empty(n_classes, dtype=np.int64),
        lead=np.empty(n_classes, dtype=np.int64),
        voted=np.empty(n_listed, dtype=np.int64),
        place=np.empty(n_classes, dtype=np.int64),
        turning=np.empty((n_listed, n_classes), dtype=np.int32),
    )


def score_blocks(scores):
    """Test rows in blocks: ``(rows, block)``, with scores as compiled code takes them."""
    n_test, n_voters, n_classes = scores.shape
    for rows, block in double_blocks(scores.reshape(n_test, n_voters * n_classes)):
        yield rows, block.reshape(block.shape[0], n_voters, n_classes)


def elect_unchecked(scores):
    """First votes, shape (n_test, n_voters), and winners, shape (n_test,), of run-off elections."""
    n_test, n_voters, n_classes = scores.shape
    votes, winners = np.empty((n_test, n_voters), dtype=np.int64), np.empty(n_test, dtype=np.int64)
    counts = np.empty(n_classes, dtype=np.int64)
    for rows, block in score_blocks(scores):
        _elect_rows(block, counts, votes[rows], winners[rows])
    return votes, winners


@compiled
def _elect_rows(block, counts, votes, winners):
    for t in range(block.shape[0]):
        winners[t] = elect(block[t], votes[t], counts)


@compiled_part
def elect(scores, votes, counts):
    """Fill in the first votes and their counts; returns the winner."""
    for c in range(counts.shape[0]):
        counts[c] = 0
    for p in range(votes.shape[0]):
        votes[p] = _top(scores, p)
        if votes[p] != NO_VOTE:
            counts[votes[p]] += 1
    first = np.int64(0)
    for c in range(1, counts.shape[0]):
        if counts[c] > counts[first]:
            first = c
    second = np.int64(-1)
    for c in range(counts.shape[0]):
        if c != first and (second < 0 or counts[c] > counts[second]):
            second = c
    if second < 0:
        return first
    ahead = 0
    for p in range(votes.shape[0]):
        if votes[p] != NO_VOTE:
            ahead += 1 if _ranks_above(scores, p, first, second) else -1
    return first if ahead > 0 or (ahead == 0 and first < second) else second


@njit(inline="always")
def _top(scores, p):
    """The class that a voter ranks first; `NO_VOTE` if its scores are NaN."""
    if np.isnan(scores[p, 0]):
        return np.int64(NO_VOTE)
    best = np.int64(0)
    for c in range(1, scores.shape[1]):
        if scores[p, c] > scores[p, best]:
            best = c
    return best


@njit(inline="always")
def _ranks_above(scores, p, c, other):
    return scores[p, c] > scores[p, other] or (scores[p, c] == scores[p, other] and c < other)


@compiled_part
def list_voted(tally):
    """List the classes that have first votes; returns how many they are."""
    n_listed = np.int64(0)
    for c in range(tally.counts.shape[0]):
        tally.place[c] = -1
        if tally.counts[c] > 0:
            tally.voted[n_listed] = c
            tally.place[c] = n_listed
            n_listed += 1
    return n_listed


@compiled_part
def count_preferences(scores, winner, n_listed, tally):
    """Fill in who ranks the winner above whom, and whom of them can be moved; returns how many voters can be."""
    votes, movable, lead, turning = tally.votes, tally.movable, tally.lead, tally.turning
    n_classes, n_movable = lead.shape[0], np.int64(0)
    for c in range(n_classes):
        lead[c] = 0
        tally.movable_counts[c] = 0
        for j in range(n_listed):
            turning[j, c] = 0
    for p in range(votes.shape[0]):
        if votes[p] == NO_VOTE:
            continue
        tally.movable_counts[votes[p]] += movable[p]
        n_movable += movable[p]
        of_vote, at_winner = turning[tally.place[votes[p]]], scores[p, winner]
        for c in range(n_classes):
            above = (at_winner > scores[p, c]) | ((at_winner == scores[p, c]) & (winner < c))
            lead[c] += 2 * np.int64(above) - 1
            of_vote[c] += above & movable[p]
    return n_movable

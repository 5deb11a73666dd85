"""Votes of members trained on parts of the rows: disjoint partitions, overlapping bags, run-offs, attacks."""

from ._against_rows import certify_votes_against_rows, certify_votes_against_rows_unchecked
from ._attack import attack_votes
from ._disjoint import black_box_costs, certify_votes, count_votes, count_votes_unchecked
from ._overlapping import certify_overlapping_votes
from ._run_off import certify_run_off, certify_run_off_unchecked
from ._run_off_tally import elect_unchecked

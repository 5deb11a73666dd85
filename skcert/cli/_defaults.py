"""What the options that nobody gave are: settled by the number of training rows and the threat, never by labels.

docs/choosing.md says why, with figures from ``benchmarks/tables.py``.
"""

from copy import copy

_MOST_ROWS_OF_ONE_NETWORK = 10_000
_ROWS_OF_A_MEMBER = 5_000
_ALPHA, _CLIP = 10.0, 0.99
_HARD_VOTES, _ALPHA_OF_VOTES = 20, 1.0


def asks_for_hard_votes(options):
    """Whether the options of ``skcert certify`` go with hard votes only."""
    return options.threat == "rows" or options.voting == "hard" or options.certificate != "auto"


def with_defaults(options, n_train):
    """The options of ``skcert certify``, with what was not given of the ensemble and of its networks filled in.

    One network, or, of more rows, a soft vote of networks; with an alpha and a clip that enlarge radii at a point of
    accuracy. What asks for hard votes gets them, and so does the threat of rows, under which an attacker could change
    anything that depends on their number. Networks of votes that were asked for are plain.
    """
    options = copy(options)
    hard = asks_for_hard_votes(options)
    chosen_here = options.n_partitions is None and not hard
    if options.n_partitions is None:
        few = n_train <= _MOST_ROWS_OF_ONE_NETWORK and options.voting is None
        options.n_partitions = _HARD_VOTES if hard else 1 if few else max(2, n_train // _ROWS_OF_A_MEMBER)
    if options.voting is None:
        options.voting = "hard" if hard or options.n_partitions == 1 else "soft"
    own_dial = options.weight_center is not None or options.weight_power != 1.0
    enlarged = options.n_partitions == 1 or chosen_here
    if options.weight_clip is None and enlarged and not own_dial:
        options.weight_clip = _CLIP
    if options.alpha is None:
        options.alpha = _ALPHA if enlarged else _ALPHA_OF_VOTES
    return options

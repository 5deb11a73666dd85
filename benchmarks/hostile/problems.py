"""A problem: named arrays and options that make up one input of the library, and its kind."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

TRAIN, TEST, FEATURE, PARTITION, CLASS, BUCKET = "train", "test", "feature", "partition", "class", "bucket"


@dataclass(frozen=True)
class Problem:
    """One input, small enough that the truth about it can be found by trying everything.

    Parameters
    ----------
    kind : str
        Which part of the library it is for.
    family : str
        What is hostile about it, for the report.
    arrays : dict of str to ndarray
        By name. None stands for an optional array that is left out.
    axes : dict of str to tuple of str
        What the axes of each array are about, so that a row can be dropped from all arrays that have it.
    options : dict
        Everything else.
    """

    kind: str
    family: str
    arrays: dict[str, np.ndarray | None]
    axes: dict[str, tuple[str, ...]]
    options: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name):
        return self.arrays[name] if name in self.arrays else self.options[name]

    def replaced(self, **values):
        """A copy with other arrays or options."""
        arrays = {name: values.get(name, array) for name, array in self.arrays.items()}
        options = {name: values.get(name, option) for name, option in self.options.items()}
        return Problem(self.kind, self.family, arrays, self.axes, options)

    def length(self, axis):
        """How long an axis is; 0 if no array has it."""
        lengths = [
            array.shape[position]
            for name, array in self.arrays.items()
            if array is not None
            for position, what in enumerate(self.axes[name])
            if what == axis
        ]
        return lengths[0] if lengths else 0

    def without(self, axis, index):
        """A copy without one row, column or layer, in all arrays that have it."""
        arrays = {}
        for name, array in self.arrays.items():
            for position, what in enumerate(self.axes[name]):
                if what == axis and array is not None:
                    array = np.delete(array, index, axis=position)
            arrays[name] = array
        return self.replaced(**arrays)


def some(rng, *choices):
    """One of the choices, whatever their types."""
    return choices[rng.integers(len(choices))]


def chance(rng, probability):
    return bool(rng.random() < probability)


def draw_trusted(rng, n):
    """Usually no mask; otherwise a mask of a few trusted rows, of many, or of all."""
    return None if chance(rng, 0.6) else rng.random(n) < some(rng, 0.2, 0.5, 0.9, 1.0)


def draw_score_weight(rng, n_classes):
    """Usually no score weights; otherwise whole, ordinary or far apart."""
    choices = ((1.0, 2.0, 3.0), (0.1, 1 / 3, 0.7, 1.0), (1e-9, 1.0, 1e9), (1e-300, 1.0), (1e200, 1.0))
    return None if chance(rng, 0.6) else rng.choice(some(rng, *choices), n_classes)


def draw_candidates(rng, labels, n_classes):
    """Usually any label; otherwise a few for each row, its own among them."""
    if chance(rng, 0.6):
        return None
    candidates = rng.random((labels.size, n_classes)) < some(rng, 0.2, 0.5, 0.9)
    candidates[np.arange(labels.size), labels] = True
    return candidates


def draw_labels(rng, n, n_classes):
    """Labels among all classes, or among some, so that classes are absent or have few rows."""
    occurring = n_classes if chance(rng, 0.5) else rng.integers(1, n_classes + 1)
    return rng.permutation(n_classes)[rng.integers(0, occurring, n)]

"""Results whose arrays cannot be written to."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class ReadOnlyArrays:
    """Base of frozen dataclasses: array fields become read-only views, in copies and pickles too."""

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                # views, so that the caller's own arrays stay writable
                view = value.view()
                view.flags.writeable = False
                object.__setattr__(self, field.name, view)

    def __array__(self, dtype=None, copy=None):
        # numpy would take what has a length and rows apart, one row inside the other
        as_one_object = np.empty((), dtype=object)
        as_one_object[()] = self
        return as_one_object

    def __reduce__(self):
        # through the constructor, so that a copy is read-only too; by name, so that fields may be added
        return _made, (type(self), {field.name: getattr(self, field.name) for field in fields(self)})


def _made(kind, values):
    return kind(**values)

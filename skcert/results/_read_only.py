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

    def __reduce__(self):
        # through the constructor, so that a copy is read-only too
        return type(self), tuple(getattr(self, field.name) for field in fields(self))

"""Lists in messages."""

_SHOWN = 5


def some(values, most=_SHOWN):
    """The first values, quoted."""
    values = list(values)
    if not values:
        return "none"
    return ", ".join(repr(str(value)) for value in values[:most]) + (", ..." if len(values) > most else "")

"""The count that stands for "no number of label flips"."""

UNBOUNDED = 2**31 - 1
"""Stands for "no number of label flips": larger than any count of labels, and safe to add to in int64."""

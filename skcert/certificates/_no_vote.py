"""The code of a voter without rows."""

NO_VOTE = -1
"""Marks an empty partition in ``votes``: it casts no vote and offers the attacker nothing."""

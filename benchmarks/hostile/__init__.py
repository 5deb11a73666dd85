"""The campaign's parts: hostile problems, the truth about them, and the claims that are checked against it."""

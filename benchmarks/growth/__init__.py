"""What `scaling.py` measures and shows: how time grows, and a model of it."""

"""Parts of `headline.py`."""

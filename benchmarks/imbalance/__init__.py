"""Parts of `unequal_classes.py`: what is measured, how, and what the docs show of it."""

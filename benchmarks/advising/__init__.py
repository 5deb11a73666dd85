"""Parts of `advice.py`: the data, the settings that are tried, and the sentences that are held against them."""

"""What `radius_study.py` measures and shows: black-box against white-box certificates on real data."""

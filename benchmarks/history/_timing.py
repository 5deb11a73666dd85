"""Seconds of a call, for benchmarks that are ratios."""

import time


def seconds(function, *args, **kwargs):
    start = time.perf_counter()
    function(*args, **kwargs)
    return time.perf_counter() - start

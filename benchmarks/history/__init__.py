"""Benchmarks over skcert's own history, for asv (airspeed velocity); see benchmarks/README.md.

One module per subpackage. Parameters ascend: the first of each is small enough for the test suite, which calls every
benchmark once. Whatever is compiled is compiled in ``setup``.
"""

"""The benchmarks of `bench.py`, one module each, and what they share.

A benchmark's module has a docstring, the first line of which is its help text,
`add_arguments(parser)`, and `run(arguments)`, which gives a `Report`.
"""

"""Benchmarks: ratios of one run against the physical limit and against the usual way.

One module per benchmark, each with `run(*, households, hours) -> dict` (the JSON of the command).
Seconds differ from machine to machine and from minute to minute; ratios of interleaved runs are
what is compared. Every benchmark checks its own result before it says `verified`.
"""

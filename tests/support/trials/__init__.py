"""Trials: an input, what the program did with it, and whether that was right.

Tests and `docs/compatibility.py` import it; it knows the program's command line and its readers.
Start reading at `tests.support.trials.verdict`, then `tests.support.trials.shared_reports`.
"""

"""Everything that may go wrong with a PET/CT, by kind, and which answers are then right.

Only tests import it; it knows `tests.support.made` and how a trial is judged.
Start reading at `tests.support.faults.fault`, then `tests.support.faults.variants`.
"""

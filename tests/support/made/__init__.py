"""PET/CT made from nothing with a known truth, and everything that may go wrong with it.

Only tests import it; it shares no code with the readers (pydicom, numpy and imagecodecs alone).
Start reading at `tests.support.made.recipe`, then `tests.support.made.fault`.
"""

"""PET/CT made from nothing with a known truth, as DICOM, NIfTI and outlines.

Only tests import it; it shares no code with the readers (pydicom, numpy and imagecodecs alone).
Start reading at `tests.support.made.recipe`, then `tests.support.made.series`.
"""

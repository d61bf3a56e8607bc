"""Outlines from files onto a PET's grid: NIfTI masks, DICOM SEG, RT structure sets.

The command line imports it; session and window may.
Start reading at `app.io.outlines.masks`.
"""

"""How images and results come in and go out: DICOM, NIfTI, SEG, RTSTRUCT, tables."""

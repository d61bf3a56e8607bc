"""Outlines from files onto a PET's grid: NIfTI masks, DICOM SEG, RT structure sets.

The command line and the session import it. Start reading at `app.io.outlines.masks`; a structure
set goes through `rtstruct` (what its contours are), `slabs`, `polygons` and `regions` (contours to
voxels), a SEG through `seg_frames` and `seg_geometry`; outlines that overlap lie in `layers`.
"""

"""NIfTI files as images in LPS, and a study of them by their names.

Outlines, `app.io.open` and the command line import it.
Start reading at `app.io.nifti.image`; RAS becomes LPS there and nowhere else.
"""

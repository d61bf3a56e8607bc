"""Frames of one file as images of their own, where no functional groups place them.

`app.io.dicom.scan` and what judges series import it; it knows headers only.
Start reading at `app.io.dicom.multiframe.stacked`; SPECT is in `app.io.dicom.multiframe.nm`.
"""

"""DICOM files as plain values: how they are written, headers, times; no pixels, no geometry.

Every room of `app.io` may import it; it knows only `app.core`.
Start reading at `app.io.dicom.scan`, then `app.io.dicom.instances` and `app.io.dicom.file`.
"""

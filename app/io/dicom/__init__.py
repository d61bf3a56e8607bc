"""DICOM files as plain values: headers, times, geometry, phases, pixels; no choice of series.

Every room of `app.io` may import it; it knows only `app.core`.
Start reading at `app.io.dicom.scan`, then `app.io.dicom.instances`, `app.io.dicom.geometry` and
`app.io.pixels.read`.
"""

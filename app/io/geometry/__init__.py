"""From the images of a series to a regular grid: one plane, time frames, slices in order.

Every room of `app.io` above `app.io.dicom` may import it.
Start reading at `app.io.geometry.stack`, then `app.io.geometry.planes`.
"""

"""Pixels of a series into one array: found, decoded, held against the header, rescaled.

`app.io.open` and `app.io.nifti` import it, and the window for plain pictures. Start reading at
`read.read_series`.
"""

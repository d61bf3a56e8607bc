"""Decoding compressed pixel data: checked here, decoded by native code in processes of their own.

Whoever reads pixels in `app.io` imports it; it knows no DICOM header. Start reading at
`decoders.Decoders`.
"""

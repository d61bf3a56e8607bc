"""How images and results come in and go out: DICOM, NIfTI, outlines, exports, the sample.

Session, window and command line may import it, on a worker: it brings pydicom.
Start reading at `app.io.open.study` (coming in) and `app.io.write.exporter` (going out).
"""

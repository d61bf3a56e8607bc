"""The sample study as DICOM files in the user's cache.

The session imports it; window and command line may.
Start reading at `app.io.sample.folder`.
"""

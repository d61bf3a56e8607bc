"""What a series is and which are read together: roles, PET with CT and MR.

`app.io.open` and what lies above it may import it; it builds on `app.io.suv` and `app.io.dicom`.
Start reading at `app.io.series.series`.
"""

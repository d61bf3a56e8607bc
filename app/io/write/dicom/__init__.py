"""DICOM objects that the program writes: SEG, SR, derived series, maps, and what a scanner writes.

The parts of `app.io.write` and the sample import it; it knows neither exporter nor parts.
Start reading at `app.io.write.dicom.sources`, then at the object that you need.
"""

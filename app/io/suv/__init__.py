"""From what a PET's header states to SUV, or to the reason why there is none: times, doses, rules.

`app.io.series` and what lies above it may import it; it builds on `app.io.dicom`, and whether a
value can be true is judged in `app.core.study.plausible`.
Start reading at `app.io.suv.rules`, then `app.io.suv.activity`.
"""

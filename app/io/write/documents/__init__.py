"""Tables and JSON documents of exports, with definitions and provenance, without patient.

The parts of `app.io.write` and the command line import it; it knows neither exporter nor parts.
Start reading at `app.io.write.documents.lesions`.
"""

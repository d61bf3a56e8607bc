"""Measurements as files: a table, a document with definitions, and a DICOM SR (TID 1500).

The values are measured anew from the shapes on the native voxels of the study's images, so that a
file never holds what a screen has kept too long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.drawn.measurements import Measurements
from app.core.drawn.percist import threshold_of
from app.core.drawn.voi_statistics import measure_shape
from app.io.write.dicom.report import write_report
from app.io.write.documents.measurements import (
    measurement_record,
    measurements_csv,
    measurements_document,
)
from app.io.write.exporter import Writing
from app.io.write.names import MEASUREMENT_FILES


@dataclass(frozen=True)
class MeasurementFiles:
    """``measurements.csv``, ``.json`` and ``.sr.dcm``.

    The DICOM SR is left out where the images did not come from DICOM; the JSON says so under
    ``warnings``.
    """

    measurements: Measurements

    @property
    def names(self) -> Sequence[str]:
        """See `app.io.write.exporter.Part`."""
        return MEASUREMENT_FILES

    def write(self, out: Writing) -> None:
        """Measure, and write table, report and document."""
        study = out.study
        measured = []
        for item in self.measurements.items:
            out.context.check()
            measured.append((item, measure_shape(study, item.shape, str(item.space))))
        threshold = threshold_of(study, ((item.role, values.pet) for item, values in measured))
        rows = [measurement_record(item, values) for item, values in measured]
        out.text("measurements.csv", measurements_csv(rows, study))
        out.file(
            "measurements.sr.dcm",
            lambda path, _: write_report(path, study, measured, threshold, out.sources),
            lost="no DICOM SR was made; the CSV holds the measurements",
        )
        document = measurements_document(study, rows, threshold, out.notes)
        out.json("measurements.json", document)

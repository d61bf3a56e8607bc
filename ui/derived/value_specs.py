"""Actions on where the lesions' values come from: recovery, and the image that is measured."""

from __future__ import annotations

from ui.actions.spec import ActionSpec

VALUE_SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "recover",
        "Tools",
        "Recover partial volume…",
        "Estimate SUVmean and SUVmax without the scanner's blur, beside the measured values",
        ("Ctrl+R",),
        "recover",
    ),
    ActionSpec(
        "measure_derived",
        "Tools",
        "Measure on the denoised PET",
        "Take the lesions' values from the denoised PET; the table and every export say so",
        ("Ctrl+Alt+D",),
        "",
        True,
    ),
)

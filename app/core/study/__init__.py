"""What was read and where its numbers come from: studies, provenance, SUV, placements.

The rooms `lesions`, `drawn` and `models` beside it and every room above `app.core` may import it.
Start with `study`, then `provenance`.
"""

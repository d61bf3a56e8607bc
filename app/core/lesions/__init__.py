"""Lesions as a search finds them and a reader corrects them: outlines, table, values.

Every room above `app.core` may import it; `app.core.drawn` and it do not know each other. Start
with `segmentation`, then `labelmap` for what an edit costs and `measure` for the numbers.
"""

"""Changes that can be taken back: what one is, its kinds, the history, their plain form.

Only `app.session` imports it. Start with `change`; a new kind is a dataclass in `kinds` and a name
in `journal`.
"""

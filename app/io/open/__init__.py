"""From paths to studies: what is there, what is chosen and why, phases, recent folders.

Session, command line and window may import it.
Start reading at `app.io.open.study`.
"""

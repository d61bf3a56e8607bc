"""What a reader draws and what it measures: shapes, isocontours, statistics, PERCIST.

Session, exports, viewers and window may import it; of `app.core` it knows study, space and kit.
Start reading at `app.core.drawn.voi`, then `app.core.drawn.measurements`.
"""

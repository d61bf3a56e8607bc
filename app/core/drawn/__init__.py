"""What a reader draws by hand: shapes in LPS mm, the voxels in them, their statistics.

Every room above `app.core` may import it; `app.core.lesions` and it do not know each other. Start
with `voi`, then `measurements`.
"""

"""Grids and images in patient space: voxels to LPS mm, resampling, rigid movements, peaks.

Every room may import it; of `app.core` it knows only the kit.
Start reading at `app.core.space.grid`, then `app.core.space.volume`.
"""

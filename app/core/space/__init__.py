"""Where voxels are and what their numbers mean: grids in LPS mm, volumes, alignments.

Every room but `app.core.kit` may import it. Start with `grid`, then `volume`.
"""

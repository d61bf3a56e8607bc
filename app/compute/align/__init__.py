"""Finding the rigid movement of a CT or an MR onto the PET; nothing is changed here.

Only the session imports it, so that nothing is ever aligned unasked.
Start reading at `app.compute.align.registration`.
"""

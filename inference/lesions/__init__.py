"""From a lesion probability to lesions: instances, their scores, how unusual they are, and why.

`inference.tasks` and `inference.training` import it. Start at `inference.lesions.instances`, whose
module text says how outlines come about.
"""

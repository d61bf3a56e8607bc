"""Studies as they were read, with the rules on them: SUV, bodies, names, alignment, fusion.

Every room may import it; of `app.core` it knows space and kit.
Start reading at `app.core.study.study`; a rule that two rooms need has its one home here.
"""

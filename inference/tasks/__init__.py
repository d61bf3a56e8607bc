"""One file for each thing that a reader can ask of the networks: a frozen request in, a result out.

`ui`, `app.cli` and `inference.training` import them; torch is imported when a job runs, not before.
Start at `inference.tasks.find_lesions`.
"""

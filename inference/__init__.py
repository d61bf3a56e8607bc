"""Networks (torch): model packages, how they are run, what is made of their answers, and training.

`ui` and `app.cli` import its tasks, and nothing of it imports Qt, VTK or another top room than
`app` and `resources`. Start at `inference.tasks.find_lesions`, the main job from a study to a
result.
"""

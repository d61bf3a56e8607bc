"""What things are: images, studies, lesions, what a reader draws, jobs; numpy and scipy alone.

Every room of the program may import it, and it imports none of them.
Start reading at `app.core.study.study` and `app.core.space.grid`.
"""

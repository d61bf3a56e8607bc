"""Results as files: one exporter, and a small class for each kind of result; pictures and movies.

Session, window and command line may import it, its heavy part on a worker only.
Start reading at `app.io.write.exporter`; `app.io.write.measurements` is the part to copy.
"""

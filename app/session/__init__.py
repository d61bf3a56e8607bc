"""The one owner of what changes: open studies with their results, history and work.

The command line, `inference`, `viewers` and `ui` may import it; only its parts change what it
holds, on the thread that made it. Start with `session`, which names the parts and the order in
which they speak; `content` is what belongs to one study.
"""

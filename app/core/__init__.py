"""What things are: frozen types and arithmetic, without files, windows or networks.

Every room may import it; it imports nothing of the program, and of others numpy and scipy. Start
with `app.core.study.study` and `app.core.space.grid`, on which the rest stands.
"""

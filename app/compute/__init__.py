"""Long computing without files and networks: phantoms, attenuation, finding an alignment.

Readers, writers, session and what lies above may import it; its rooms do not know one another.
Start reading at the room that you need; each is one method.
"""

"""Damaged input for every reader: what is read, how bytes are damaged, and what counts as a fault.

The tests of `tests/fuzz` and `make fuzz` import it; it knows the program's readers.
Start reading at `tests.support.fuzzing.targets`, then `tests.support.fuzzing.mutate`.
"""

"""What every room may use: errors to be told, events, jobs, the memory that values hold.

Every room imports it; it imports nothing of the program. Start with `errors`, then `jobs`.
"""

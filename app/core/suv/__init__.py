"""What an SUV is made of: its formulas, measures of a body, and nuclides with their half-lives.

Every room above may import it; it imports nothing of the program.
Start reading at `app.core.suv.formulas`.
"""

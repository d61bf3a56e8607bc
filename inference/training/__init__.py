"""Training recipes of the project's own networks: ``uptake train RECIPE --data DIR --out DIR``.

Only `app.cli` and tests import it, and nothing else of `inference` does. Start at
`inference.training.recipe`, which says what runs each kind of recipe.
"""

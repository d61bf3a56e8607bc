"""What every training shares: recipes, data, the loop's parts, evaluation and cards.

The other rooms of `inference.training` import it, except `bodies`. Start at
`inference.training.fit.recipes`.
"""

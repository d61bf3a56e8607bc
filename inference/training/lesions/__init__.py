"""Training of the lesion network and of the network that scores its candidates.

Only `inference.training.recipe` imports it. Start at
`inference.training.lesions.train_segmentation`.
"""

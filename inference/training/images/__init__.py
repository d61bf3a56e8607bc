"""Training of the networks that make images: denoising, super-resolution, synthetic CT.

Only `inference.training.recipe` imports it, and a benchmark. Start at
`inference.training.images.denoise`.
"""

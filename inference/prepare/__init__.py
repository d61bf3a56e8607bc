"""From the images of a study to what a network sees, in numpy alone.

The rooms above it in `inference` import it. Start at `inference.prepare.prepare` for PET and CT,
at `inference.prepare.image_prepare` for networks that make images.
"""

"""The analytic body of the sample study, with known lesions, drawn from smooth shapes.

The sample and the training import it; its files are part of the sample's version.
Start reading at `app.compute.phantom.phantom`.
"""

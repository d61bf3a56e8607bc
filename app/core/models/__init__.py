"""Cards of model packages: what a network is, how good it is, what it is not for.

Networks, window and command line may import it; of `app.core` it knows only the kit.
Start reading at `app.core.models.card`.
"""

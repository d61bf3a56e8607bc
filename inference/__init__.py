"""Networks: model packages, sliding windows, uncertainty and training (torch)."""

"""What a person touches: windows, docks and dialogs (PySide6, pyqtgraph)."""

"""Searches this machine's fonts for Matplotlib, which keeps the list in MPLCONFIGDIR."""


def main() -> None:
    """Entry point: importing the module searches, and writes the list."""
    import matplotlib.font_manager  # noqa: F401

"""Template helpers of room `review`."""


def get_helpers():
    """Helpers by name."""
    return {}

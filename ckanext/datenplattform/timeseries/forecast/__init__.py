"""Forecast of free bays: made, stored, scored, and offered only where it is better than what anybody knows without it."""

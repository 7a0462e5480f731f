"""Automatic checks before the vote. All modules but `wiring` and `model` know nothing of CKAN."""

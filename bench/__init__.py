"""Measured claims: one file each, run by bin/bench."""

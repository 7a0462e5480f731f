"""Alerts: rules for series, what they found, who is told."""

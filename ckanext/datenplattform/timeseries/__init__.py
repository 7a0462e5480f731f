"""Time series: observations as rows in the DataStore, written in bulk; what is not released yet waits outside the
public table."""

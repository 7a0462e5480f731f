"""Fixtures for all tests. bin/test gives the services and the ini file."""

"""Harvesters: what the base owns (`base`) and one file per protocol. Datasets come out private; review is unknown
here."""

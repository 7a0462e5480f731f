"""Dataset dict to graph and back, property by property. Knows rdflib, not CKAN (but for the translation of
messages).
"""

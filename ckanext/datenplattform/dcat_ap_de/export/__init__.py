"""The catalogue as RDF: each dataset is written once when it changes, kept, and joined on request.

`triples` collects, `formats` writes (both pure); `public` says what anyone may see and by which stamp, `dicts` reads
it, `pieces` makes and keeps what is written, `catalogue` joins it.
"""

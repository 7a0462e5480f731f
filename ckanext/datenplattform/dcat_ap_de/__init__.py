"""DCAT-AP.de 3.0: the dataset's form, its vocabularies, reading and writing it as RDF, licences, exports."""

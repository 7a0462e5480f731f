"""German search of the catalogue: how words are taken apart, what a question looks through, suggestions and spelling."""

"""The page that one opens by the code at a tree or a crossing: what is measured here, now and in the last week, in plain words."""

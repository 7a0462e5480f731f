"""Does a dataset keep the rules, and how good is its description? Pure, but for `check` and `store`."""

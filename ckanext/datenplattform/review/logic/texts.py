"""How long a text may be."""

from __future__ import annotations

from collections.abc import Callable

import ckan.plugins.toolkit as tk


def at_most(most: int) -> Callable[[str], str]:
    """A validator: at most so many characters, and none that a database does not take."""

    def check(value: str) -> str:
        if "\0" in value:
            raise tk.Invalid(tk._("This text holds a character that cannot be stored. Please type it again."))
        if len(value) > most:
            raise tk.Invalid(tk._("Please write at most %(most)d characters.") % {"most": most})
        return value

    return check

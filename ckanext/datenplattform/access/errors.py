"""Refusals of the gate. They are CKAN's NotAuthorized, so every interface answers 403 with the text."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


class GateRefused(tk.NotAuthorized):
    """Something would become or stay public that nobody decided."""


def refuse_public() -> GateRefused:
    """For attempts to make a dataset public directly."""
    return GateRefused(
        tk._(
            "A dataset becomes public only by a decision of the review board. Nothing was changed. "
            "Please submit the dataset for review (action review_submit)."
        )
    )


def refuse_change() -> GateRefused:
    """For material changes of a published dataset."""
    return GateRefused(
        tk._(
            "This dataset is published. Its content and files change only by a new decision of the review board. "
            "Nothing was changed. Please create a revision (action review_revision_create)."
        )
    )


def refuse_locked() -> GateRefused:
    """For changes of what the board is looking at."""
    return GateRefused(
        tk._(
            "This dataset is being reviewed by the board and cannot be changed meanwhile. Nothing was changed. "
            "Please withdraw the submission first (action review_withdraw)."
        )
    )


def refuse_removal() -> GateRefused:
    """For hiding or deleting a published dataset past the review."""
    return GateRefused(
        tk._(
            "This dataset is published. It is taken back by a withdrawal with a reason "
            "(action review_withdraw). Nothing was changed."
        )
    )

"""Mails of the inventory. A mail tells titles of the reader's own unit and nothing else of a record (see core/mail.py)."""

from __future__ import annotations

from ..core.mail import NotSent, address, bullets, day, later, send

__all__ = ["NotSent", "address", "bullets", "day", "later", "send"]

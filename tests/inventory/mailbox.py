"""A real SMTP server on 127.0.0.1 that keeps what it is sent, and can refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from aiosmtpd.controller import Controller

from tests.servers.process import free_port


@dataclass
class Letter:
    """One mail: to whom, subject, text."""

    to: str
    subject: str
    text: str


@dataclass
class Mailbox:
    """What the server was sent. `refuses`: it takes nothing."""

    letters: list[Letter] = field(default_factory=list)
    refuses: bool = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            return "451 try again later"
        found: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.letters += [Letter(to, str(found["Subject"]), found.get_content()) for to in envelope.rcpt_tos]
        return "250 OK"

    def take(self) -> list[Letter]:
        """The letters so far, sorted by address; the box is empty then."""
        found, self.letters = sorted(self.letters, key=lambda letter: letter.to), []
        return found


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The portal sends its mails to this box."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setitem(tk.config, "smtp.server", f"127.0.0.1:{port}")
    yield box
    controller.stop()

"""HTML as a PDF to print and to keep: tagged, so that screen readers read it (PDF/UA-1, ISO 14289-1)."""

from __future__ import annotations

import io
import threading
from typing import Any

# typesetting needs memory and a processor for seconds: one at a time in each process
_ONE = threading.Lock()


def _nothing() -> Any:
    """A fetcher that gets nothing, neither from the net nor from the disk: a text cannot make the server ask for an address."""
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            raise ValueError("a PDF loads nothing")

    return Nothing()


def render(html: str) -> bytes:
    """The PDF of a whole HTML document; its `lang` and `title` are part of the PDF. Pictures and styles of other
    addresses are left out.
    """
    # loaded only when needed: it brings Pango and takes a moment
    from weasyprint import HTML

    out = io.BytesIO()
    with _ONE:
        HTML(string=html, base_url=None, url_fetcher=_nothing()).write_pdf(out, pdf_variant="pdf/ua-1")
    return out.getvalue()

"""Signals between the rooms: what comes later in the flow reacts to them and is never called.

Each is sent after the transaction that it reports has been committed. A subscriber that raises must not undo the
decision: long or failing work belongs into a background job.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk

dataset_published = tk.signals.ckanext.signal("datenplattform:dataset_published")
"""A dataset has become public. Sender: package id (str). Keyword: ``user`` (id of who released it, str or None)."""

dataset_withdrawn = tk.signals.ckanext.signal("datenplattform:dataset_withdrawn")
"""A dataset is no longer public. Sender: package id (str). Keywords: ``user`` (id, str or None), ``reason`` (str)."""

dataset_decided = tk.signals.ckanext.signal("datenplattform:dataset_decided")
"""The board has decided. Sender: package id (str). Keywords: ``case`` (id, str), ``decision`` (str)."""

case_moved = tk.signals.ckanext.signal("datenplattform:case_moved")
"""A case has gone one step on. Sender: package id (str). Keywords: ``case`` (id, str), ``step`` (name of the transition),
``tells`` (who is to be told: unit, board, lead, dpo)."""

series_rows = tk.signals.ckanext.signal("datenplattform:series_rows")
"""Rows arrive for a published series, within its standing release; other rooms say which have to wait. Sender: package id (str).
Keywords: ``resource_id``, ``texts`` ({column: its distinct values as text}). Each receiver returns None or {"why": [codes] (all wait),
"values": {column: [values] (rows with one of these wait)}}. One that raises lets nothing pass."""

review_checks = tk.signals.ckanext.signal("datenplattform:review_checks")
"""A dataset is checked before the vote; other rooms and plugins add findings. Sender: package id (str). Keywords: ``dataset``,
``record`` (dicts). Each receiver returns a list of dicts {"check", "code", "level" (ok | look | stop), "text" (English source, marked
by N_), "values", "field"}; nothing out of the data stands in them. One that raises stops the submission."""

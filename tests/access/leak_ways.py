"""Every way by which something can be told: actions and pages, in words of their own. See test_leak_matrix.

`<ID>`, `<NAME>`, `<RESOURCE>`, `<SERIES>`, `<STATION>`, `<RULE>`, `<ALERT>`, `<VIEW>`, `<CASE>`, `<REVISION>`, `<WORD>`, `<SECRET>`
stand for the dataset of each state in turn, its parts, its word of the entry and the word in its file.
"""

from __future__ import annotations

# (action, data); what only looks
READS = [
    *((name, {"id": "<ID>"}) for name in (
        "package_show", "dataset_follower_count", "am_following_dataset", "dataset_follower_list", "package_relationships_list",
        "package_collaborator_list", "dcat_dataset_show", "dcat_quality_show", "inventory_record_show", "inventory_record_history",
    )),
    ("review_citation_list", {"case_id": "<CASE>"}),
    *((name, {"package_id": "<ID>"}) for name in (
        "review_show", "review_history", "review_check_show", "review_revision_show", "review_revision_diff", "standing_release_list",
        "inventory_access_request_list",
    )),
    *((name, {"id": "<RESOURCE>"}) for name in ("resource_show", "resource_view_list", "datastore_info")),
    ("datastore_search", {"resource_id": "<RESOURCE>"}),
    *((name, {"resource_id": "<SERIES>"}) for name in ("datastore_search", "timeseries_query", "timeseries_waiting_show")),
    *((name, {"id": "<RULE>"}) for name in ("alert_rule_show", "alert_log_list")),
    *((name, {"dataset": "<ID>"}) for name in ("alert_rule_list", "alert_list")),
    ("alert_rule_preview", {"resource_id": "<SERIES>", "stream": "<SECRET>", "kind": "above", "threshold": 0}),
    *((name, {"dataset": "<ID>"}) for name in ("timeseries_query", "timeseries_latest", "timeseries_streams", "timeseries_forecast")),
    ("timeseries_query", {"dataset": "<NAME>", "interval": "1d", "streams": ["<SECRET>"]}),
    ("package_show", {"id": "<NAME>"}),
    ("inventory_record_show", {"id": "<NAME>"}),
    ("resource_view_show", {"id": "<VIEW>"}),
    ("review_show", {"id": "<CASE>"}),
    ("review_history", {"case_id": "<CASE>"}),
    ("review_revision_show", {"id": "<REVISION>"}),
    ("review_revision_diff", {"id": "<REVISION>"}),
    ("datastore_search_sql", {"sql": 'SELECT * FROM "<RESOURCE>"'}),
    # asked with a word: nothing but the word comes back
    ("package_search", {"q": "<WORD>", "include_private": True, "include_drafts": True, "include_deleted": True}),
    ("package_search", {"q": "<SECRET>", "include_private": True, "include_drafts": True}),
    ("package_search", {"fq": "title:<WORD> OR name:<NAME> OR id:<ID>", "include_private": True, "fl": "*"}),
    ("package_search", {"fq": "{!lucene}res_url:*<SECRET>*", "include_private": True}),
    ("package_autocomplete", {"q": "<WORD>"}),
    ("search_suggest", {"q": "<WORD>"}), ("search_correct", {"q": "<WORD>x"}),
    ("tag_autocomplete", {"query": "<WORD>"}),
    ("tag_show", {"id": "<WORD>", "include_datasets": True}),
    ("resource_search", {"query": "name:<WORD>"}),
    ("dcat_catalog_show", {"q": "<WORD>", "fq": "state:* OR capacity:private"}),
    ("inventory_record_list", {"q": "<WORD>"}),
    ("inventory_twin_list", {"title": "<WORD>"}),
    ("inventory_musterdatensatz_suggest", {"title": "<WORD>"}),
]  # fmt: skip
# the same for all datasets: what is listed, counted, facetted
LISTS = [
    ("package_search", {"q": "*:*", "rows": 1000, "include_private": True, "include_drafts": True,
                        "facet.field": ["tags", "title_string", "name", "res_format", "organization"], "facet.limit": -1}),
    ("package_search", {"fq": "capacity:private OR state:*", "fl": "*", "include_private": True, "rows": 1000}),
    ("package_search", {"q": "{!join from=site_id to=site_id}*:*", "include_private": True, "rows": 1000}),
    ("package_list", {}), ("current_package_list_with_resources", {}), ("tag_list", {"query": "kanari"}),
    ("tag_list", {"all_fields": True}),     ("tag_search", {"query": "kanari"}), ("format_autocomplete", {"q": "c"}),
    ("resource_search", {"query": "url:kanari"}),
    ("organization_show", {"id": "<UNIT>", "include_datasets": True}), ("organization_list", {"all_fields": True}),
    ("group_show", {"id": "thema", "include_datasets": True}), ("group_package_show", {"id": "thema"}),
    ("user_show", {"id": "<USER>", "include_datasets": True}), ("member_list", {"id": "<UNIT_ID>", "object_type": "package"}),
    ("member_list", {"id": "thema", "object_type": "package"}), ("datastore_search", {"resource_id": "_table_metadata"}),
    ("harvest_source_list", {}), ("dcat_quality_show", {}), ("dcat_catalog_show", {"q": "kanari*"}),
    ("dataspace_list", {}), ("dataspace_show", {"id": "raum"}), ("dataspace_show", {"id": "<SPACE>"}), ("role_list", {}),
    ("inventory_record_list", {"limit": 1000}), ("inventory_record_list", {"q": "kanari"}), ("inventory_export", {"kind": "json"}),
    ("inventory_export", {"kind": "csv"}), ("inventory_record_report", {}), ("inventory_due_list", {}), ("inventory_filter_list", {}),
    ("inventory_import_list", {}), ("inventory_register_list", {}), ("inventory_round_list", {}), ("inventory_access_request_list", {}),
    ("review_list", {"limit": 1000}), ("review_report", {}), ("review_minutes", {}), ("review_minutes_list", {}),
    ("review_milestone_list", {}), ("standing_release_list", {}), ("alert_rule_list", {}), ("alert_list", {"state": "all"}),
    *((name, {"property": "water_level"}) for name in ("timeseries_query", "timeseries_latest", "timeseries_streams")),
    ("timeseries_forecast", {"property": "occupancy"}),
]  # fmt: skip
# what changes something: tried by those who may not know of the dataset, who must not learn of it by the refusal
CHANGES = [
    *((name, {"id": "<ID>", "title": "x", "purpose": "x", "name": "x-neu", "into": "<ID>"}) for name in (
        "package_update", "package_patch", "package_delete", "dataset_purge", "follow_dataset", "inventory_record_patch",
        "inventory_record_confirm", "inventory_record_delete", "inventory_record_merge", "inventory_access_request_create",
        "dcat_dataset_check",
    )),
    *((name, {"package_id": "<ID>", "reason": "x", "evidence": "x", "dataset": {"notes": "x"}, "dataspace": "raum"}) for name in (
        "review_submit", "review_withdraw", "review_revoke", "review_check_refute", "review_revision_create", "review_revision_discard",
        "standing_release_create", "standing_release_revoke", "standing_release_waiting_discard", "dataspace_dataset_add",
        "dataspace_dataset_remove", "resource_create",
        "inventory_dataset_vanish", "inventory_record_create",
    )),
    *((name, {"case_id": "<CASE>", "vote": "approve", "decision": "approve", "track": "full", "text": "x"}) for name in (
        "review_vote", "review_decide", "review_recuse", "review_track_raise", "review_comment", "review_release", "review_paper_cite",
        "review_paper_uncite",
    )),
    *((name, {"id": "<RULE>", "title": "x"}) for name in ("alert_rule_patch", "alert_rule_delete")),
    ("alert_acknowledge", {"id": "<ALERT>", "note": "x"}),
    ("alert_rule_create", {"resource_id": "<SERIES>", "stream": "<SECRET>", "kind": "above", "threshold": 0}),
    *((name, {"id": "<SERIES>", "resource_id": "<SERIES>", "url": "x", "filters": {}, "records": []}) for name in (
        "resource_update", "resource_patch", "resource_delete", "datastore_upsert", "datastore_delete", "timeseries_waiting_release",
    )),
]  # fmt: skip
# actions of ours that name no dataset: nothing of one can come back
NO_DATASET = {
    **dict.fromkeys(("dataspace_create", "dataspace_patch", "dataspace_delete", "dataspace_member_add", "dataspace_member_remove"),
                    "a data space, not its datasets; test_dataspaces"),
    **dict.fromkeys(("role_grant", "role_revoke"), "system administrators only"),
    **dict.fromkeys(("inventory_filter_create", "inventory_filter_delete"), "one's own searches"),
    **dict.fromkeys(("inventory_import", "inventory_import_cancel", "inventory_import_confirm", "inventory_import_show"),
                    "one's own uploads; inventory/test_import_jobs"),
    **dict.fromkeys(("inventory_round_create", "inventory_round_patch", "inventory_round_report", "inventory_round_sign",
                     "inventory_round_show"), "rounds and numbers by unit; inventory/test_rounds"),
    "inventory_access_request_answer": "by the request's id; inventory/test_requests",
    "inventory_dataset_upsert": "harvesters, and system administrators",
    **dict.fromkeys(("harvest_source_preview", "harvest_source_confirm_vanish"), "sources; harvesters/test_leaks"),
    **dict.fromkeys(("review_milestone_create", "review_milestone_delete", "review_milestone_patch", "review_milestone_show"),
                    "the board's plan"),
    "review_minutes_close": "the board's minutes: a period",
    **dict.fromkeys(("mqtt_device_list", "mqtt_device_history_list", "mqtt_device_update", "mqtt_device_delete", "mqtt_status_show"),
                    "devices of a source, for who keeps the source"),
    "ngsi_subscription_show": "a source; harvesters/test_ngsi_push",
    **dict.fromkeys(("review_paper_list", "review_paper_show", "review_paper_create", "review_paper_version_create"), "the board's papers"),
    **dict.fromkeys(("review_mails_show", "review_mails_patch"), "one's own choice of mails"),
}  # fmt: skip

RDF = ("ttl", "nt", "xml", "jsonld", "rdf", "n3")
PAGES = [
    "/dataset/<ID>", "/dataset/<NAME>", *(f"/dataset/<ID>.{ending}" for ending in RDF), "/dataset/<NAME>.ttl",
    "/dataset/<ID>/resource/<RESOURCE>", "/dataset/<ID>/resource/<RESOURCE>/download/<SECRET>.csv",
    "/dataset/<ID>/resource/<RESOURCE>/view/<VIEW>", "/dataset/groups/<ID>", "/dataset/followers/<ID>", "/dataset/edit/<ID>",
    "/dataset/resources/<ID>", "/dataset/<ID>/dictionary/<RESOURCE>", "/datastore/dump/<RESOURCE>",
    "/datastore/dictionary_download/<RESOURCE>", "/datatables/ajax/<VIEW>",
    "/dataset/<NAME>/einreichen", "/dataset/<NAME>/zurueckziehen", "/dataset/<NAME>/geprueft", "/dataset/<NAME>/fassung",
    "/dataset/<NAME>/fassung/bearbeiten",
    "/inventar/<NAME>", "/inventar/<NAME>/anfragen", "/inventar/<NAME>/zusammenfuehren/<NAME>", "/inventar?q=<WORD>",
    *(f"/api/daten/v1/<ID>/{what}" for what in ("streams", "observations", "latest.geojson", "observations.csv", "observations.parquet")),
    "/dataset/<NAME>/warnungen", "/dataset/<NAME>/warnungen/neu", "/dataset/<NAME>/warnungen/<RULE>",
    "/dataset/<NAME>/warnungen/<RULE>/aendern",
    "/api/daten/v1/<NAME>/latest", "/datastore/dump/<SERIES>", "/api/daten/v1/<ID>/forecast", "/api/daten/v1/<ID>/forecast.csv",
    "/vor-ort/<ID>", "/vor-ort/<NAME>?q=<WORD>", "/vor-ort/<ID>/<STATION>", "/vor-ort/<NAME>/<STATION>/qr.svg",
    "/vor-ort/<NAME>/<STATION>/qr.pdf",
    *(f"/sta/v1.1/{what}" for what in (
        "Sensors('<SERIES>')/Datastreams", "Datastreams('<SERIES>.<SECRET>')/Observations", "Locations('<SERIES>.<SECRET>')/name/$value",
        "Things('<SERIES>.<SECRET>')?$expand=Datastreams($expand=Observations)",
        "Observations('<SERIES>.<SECRET>.1772323200000000')/Datastream",
    )),
    "/gremium/dauerfreigaben/neu?for=<ID>",
    "/gremium/<CASE>", "/gremium/<CASE>/befangen", "/gremium/<CASE>/datei/<RESOURCE>", "/dataset/?q=<WORD>",
    "/feeds/custom.atom?q=<WORD>", "/feeds/tag/<WORD>.atom", "/catalog.ttl?q=<WORD>&fq=state:*",
    "/api/3/action/package_search?q=<WORD>", "/api/2/util/dataset/autocomplete?incomplete=<WORD>",
    "/api/2/util/tag/autocomplete?incomplete=<WORD>",
]  # fmt: skip
OVERVIEWS = [
    "/", "/dataset/", "/organization/", "/organization/<UNIT>", "/organization/about/<UNIT>", "/organization/bulk_process/<UNIT>",
    *(f"/organization/<UNIT>.{ending}" for ending in RDF), "/group/thema", "/group/about/thema", "/user/<USER>", "/dashboard/datasets",
    "/feeds/dataset.atom", "/feeds/organization/<UNIT>.atom", "/feeds/group/thema.atom", "/feeds/custom.atom?fq=capacity:private",
    "/catalog", *(f"/catalog.{ending}" for ending in RDF), *(f"/catalog/full.{ending}" for ending in RDF),
    *(f"/catalog/full.{ending}.gz" for ending in RDF), "/catalog.jsonld?fq=%2Bstate:*", "/catalog.xml?fq=capacity:private",
    "/register", "/register.csv", "/register.json", "/datenraeume", "/datenraeume/raum", "/datenraeume/raum/aendern",
    "/datenraeume/raum/aufloesen", "/datenraeume/neu", "/inventar", "/inventar?view=cards", "/inventar/faellig", "/inventar/bericht",
    "/inventar/bericht.csv", "/inventar/bericht.xlsx", "/inventar/export.csv", "/inventar/export.json", "/inventar/export.xlsx",
    "/inventar/anfragen", "/inventar/runden", "/inventar/runden/neu", "/inventar/import", "/inventar/neu", "/inventar/vorlage.csv",
    "/gremium", "/gremium?show=open", "/gremium?show=decided", "/gremium/abstimmen", "/gremium/bericht", "/gremium/bericht.csv",
    "/gremium/bericht.pdf", "/gremium/papiere", "/gremium/papiere/neu", "/gremium/mails", "/gremium/dauerfreigaben",
    "/gremium/protokoll", "/gremium/protokoll.csv", "/gremium/protokoll.pdf", "/gremium/meilensteine/neu",
    "/warnungen", "/harvest", "/sitemap.xml", "/logo", "/api/daten/v1/", "/api/daten/v1/openapi.json",
    "/api/daten/v1/observations?property=water_level", "/api/daten/v1/latest.csv?property=water_level",
    "/sta/v1.1/", *(f"/sta/v1.1/{what}" for what in (
        "Things?$expand=Locations,Datastreams/Sensor&$top=1000", "Observations?$resultFormat=dataArray&$top=1000",
        "ObservedProperties('water_level')?$expand=Datastreams", "FeaturesOfInterest?$expand=Observations",
        "Datastreams?$filter=startswith(name,'kanari') or substringof('kanari',Thing/name)&$orderby=name",
    )),
]  # fmt: skip
# routes of ours that only take what somebody sends: they call an action that stands above
SENT = {
    "dp_alerts.act": "alert_acknowledge",
    "dp_dcat_check.form": "dcat_dataset_check", "dp_review_papers.cite": "review_paper_cite",
    "dp_review.revision_discard": "review_revision_discard", "dp_review.act": "review_vote",
    "dp_inventory_care.confirm": "inventory_record_confirm", "dp_dataspaces.datasets": "dataspace_dataset_add",
    "dp_dataspaces.members": "dataspace_member_add", "dp_inventory_search.forget": "inventory_filter_delete",
    "dp_inventory_search.keep": "inventory_filter_create", "dp_harvesters.confirm_vanish": "harvest_source_confirm_vanish",
    "dp_inventory_sheets.confirm": "inventory_import_confirm", "dp_inventory_sheets.discard": "inventory_import_cancel",
}  # fmt: skip
# routes of ours that name no dataset
NO_DATASET_ROUTES = {
    **dict.fromkeys(("dp_harvesters.deactivate", "dp_harvesters.preview", "dp_harvesters.stop"), "sources; harvesters/test_leaks"),
    **dict.fromkeys(("dp_inventory_sheets.read", "dp_inventory_sheets.state"), "one's own uploads; inventory/test_import_jobs"),
    **dict.fromkeys(("dp_inventory_rounds.read", "dp_inventory_rounds.edit"), "rounds and numbers by unit; inventory/test_rounds"),
    "dp_inventory_requests.read": "by the request's id; inventory/test_requests",
    "dp_review_report.edit": "the board's plan",
    "dp_timeseries.stream": "it does not end: a test of its own beside the matrix",
    **dict.fromkeys(("dp_mqtt.devices", "dp_mqtt.device", "dp_mqtt.delete"), "devices of a source, for who keeps the source"),
    "dp_ngsi.notify": "a broker with its secret; harvesters/test_ngsi_push",
    **dict.fromkeys(("dp_review_papers.read", "dp_review_papers.version"), "the board's papers"),
}

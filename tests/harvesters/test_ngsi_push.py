"""Push: the broker tells new values by itself. Brokers are written from the specifications; the portal is the real one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core.clock import utcnow
from ckanext.datenplattform.harvesters import memory
from ckanext.datenplattform.harvesters.ngsi_push import subscription
from ckanext.datenplattform.harvesters.ngsi_push.model import NgsiSubscription
from tests import factories
from tests.browser import log_in, looked_at
from tests.servers.ngsi_ld import Broker, fixed, measured
from tests.servers.ngsi_v2 import BrokerV2

from .conftest import datasets, errors, run, setting
from .test_ngsi_ld import TREE, at, rows, tree
from .test_ngsi_v2 import PARKING, parking

FIRST = TREE.format(1)


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker with one tree; it keeps no histories, so that what a run finds is not what was told."""
    with Broker() as found:
        found.temporal = 501
        tree(found, 1, (0, 7))
        yield found


@pytest.fixture
def source(make_source: Callable[..., Any], broker: Broker) -> dict[str, Any]:
    """A source with push that has run once."""
    made = make_source("ngsi-ld", broker.url, push=True)
    assert errors(run(made)) == []
    return made


def send(app: Any, address: str, headers: dict[str, str], body: Any) -> Any:
    """Deliver a notification as a broker does."""
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return app.post(urlsplit(address).path, headers={**headers, "Content-Type": "application/json"}, data=data)


def told(broker: Broker, minute: int, value: Any, **more: Any) -> None:
    """The tree has a new value now."""
    broker.entities[FIRST]["soilTemperature"] = [measured(at(minute), value, unitCode="CEL", **more)]


def state(source: dict[str, Any]) -> dict[str, Any]:
    """How the subscription is, as its page is told."""
    model.Session.rollback()
    return factories.act("ngsi_subscription_show", source=source["id"])


def values(source: dict[str, Any]) -> dict[str, Any]:
    """Minute → value, of the first tree."""
    return {row["time"][14:16]: row["value"] for row in rows(source) if "Tree:1:" in row["stream"]}


# as in operation: a broker has no form and no session
@pytest.mark.ckan_config("WTF_CSRF_ENABLED", True)
def test_a_run_registers_and_a_notification_becomes_a_row_once(app: Any, source: dict[str, Any], broker: Broker):
    asked = next(iter(broker.subscriptions.values()))
    assert asked["entities"] == [{"type": "Tree"}]
    assert state(source)["state"] == "active"

    told(broker, 15, 7.5)
    answers = [send(app, *broker.notice(FIRST)) for _ in range(2)]

    # 5.8.6: a broker takes everything but 200 for a failure
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json["written"] for answer in answers] == [1, 0]
    assert values(source) == {"00": 7, "15": 7.5}
    now = state(source)
    assert (now["received"], now["written"], now["waiting"]) == (2, 1, 0)
    # a later run finds the same value, and writes nothing twice
    assert errors(run(source)) == []
    assert values(source) == {"00": 7, "15": 7.5}
    assert len(broker.subscriptions) == 1


def test_the_secret_is_asked_first_and_nobody_learns_which_sources_there_are(app: Any, source: dict[str, Any], broker: Broker):
    address, headers, body = broker.notice(FIRST)
    told(broker, 15, 99)
    without = send(app, address, {}, body)
    wrong = send(app, address, {subscription.HEADER: "0" * 64}, body)
    odd = send(app, address, {subscription.HEADER: "ä€"}, body)
    nowhere = send(app, "/api/ngsi/gibt-es-nicht", headers, body)
    large = send(app, address, {}, b"x" * 2_000_000)
    hostile = send(app, "/api/ngsi/%00", headers, body)

    assert {answer.status_code for answer in (without, wrong, odd, nowhere, large, hostile)} == {401}
    assert len({answer.text for answer in (without, wrong, odd, nowhere, large, hostile)}) == 1
    assert "Geheimnis" in without.json["error"]
    assert values(source) == {"00": 7}
    assert state(source)["refused"] == 4
    # the secret is stored nowhere, and told to nobody but the broker
    word, row = headers[subscription.HEADER], model.Session.get(NgsiSubscription, source["id"])
    assert len(word) == 64
    assert word not in " ".join(str(getattr(row, column.name)) for column in NgsiSubscription.__table__.columns)
    assert word not in json.dumps([state(source), factories.act("harvest_source_show", id=source["id"])], default=str)
    stranger = factories.editor_of(factories.unit())
    for user in ("", stranger["name"]):
        with pytest.raises(tk.ObjectNotFound):
            tk.get_action("ngsi_subscription_show")({"user": user}, {"source": source["id"]})


REFUSED = [
    (b"{", 400, "JSON"), (b"[" * 100_000, 400, "JSON"), (b"9" * 10_000, 400, "JSON"), (b"[]", 400, "data"), (b'{"data": 5}', 400, "data"),
    (b'{"data": [], "subscriptionId": "urn:other"}', 400, "Abonnement"), (b'{"data": [' + b"1," * 1_000 + b"1]}", 413, "mehr"),
    (b"x" * 1_000_001, 413, "1000 kB"),
]  # fmt: skip


class Endless:
    """A body of a hundred megabytes; counts what is read of it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        self.taken += size
        return b" " * size if self.taken < 100_000_000 else b""

    def close(self) -> None:
        """Nothing."""


def test_what_is_no_notification_too_large_or_too_often_is_refused_in_words(
    app: Any, source: dict[str, Any], broker: Broker, ckan_config: Any
):
    address, headers, _ = broker.notice(FIRST)
    for body, status, said in REFUSED:
        answer = send(app, address, headers, body)
        assert answer.status_code == status, body[:40]
        assert said in answer.json["error"]
        assert "ichts wurde übernommen" in answer.json["error"]

    announced, endless = Endless(), Endless()
    for body, more in ((announced, {"CONTENT_LENGTH": "100000000"}), (endless, {"HTTP_TRANSFER_ENCODING": "chunked"})):
        environ = {"wsgi.input_terminated": True, "CONTENT_TYPE": "application/json", "wsgi.input": body, **more}
        assert app.post(urlsplit(address).path, headers=headers, environ_overrides=environ).status_code == 413
    assert announced.taken == 0
    assert 0 < endless.taken <= 2_100_000

    with setting(ckan_config, "ckanext.datenplattform.harvesters.push_per_minute", 2):
        answers = [send(app, *broker.notice(FIRST)) for _ in range(6)]
    # the minute may turn in between: then the count begins anew
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 2
    assert refused[0].headers["Retry-After"]
    assert values(source) == {"00": 7}


def test_an_unknown_entity_waits_for_the_next_run_and_another_sources_is_forgotten(app: Any, source: dict[str, Any], broker: Broker):
    tree(broker, 2, (5, 8))
    answers = [send(app, *broker.notice(TREE.format(2))) for _ in range(2)]
    assert [answer.json["waiting"] for answer in answers] == [1, 0]
    broker.put("urn:ngsi-ld:Person:1", "Person", name=fixed("Erika Mustermann"), height=[measured(at(0), 1.7)])
    send(app, *broker.notice("urn:ngsi-ld:Person:1"))
    del broker.entities["urn:ngsi-ld:Person:1"]
    assert state(source)["waiting"] == 2
    # runs that fail forget nothing
    broker.fault = lambda _: 503
    for _ in range(2):
        run(source)
    broker.fault = lambda _: None
    assert state(source)["waiting"] == 2
    # meanwhile it went on: the run itself sees only the present value
    tree(broker, 2, (20, 8.5))

    assert errors(run(source)) == []

    found = {row["time"][14:16]: row["value"] for row in rows(source) if "Tree:2:" in row["stream"]}
    assert found == {"05": 8, "20": 8.5}
    assert state(source)["waiting"] == 1
    run(source)
    assert (state(source)["waiting"], state(source)["unusable"]) == (0, 1)
    assert set(datasets(source)) == {"Tree"}


def test_another_unit_waits_for_the_run_that_begins_a_new_series(app: Any, source: dict[str, Any], broker: Broker):
    broker.entities[FIRST]["soilTemperature"] = [measured(at(15), 44.6, unitCode="FAH")]

    answer = send(app, *broker.notice(FIRST))

    assert (answer.json["written"], answer.json["waiting"]) == (0, 1)
    assert values(source) == {"00": 7}
    run(source)
    assert values(source) == {"00": 7, "15": pytest.approx(7)}


def test_hostile_entities_harm_nothing(app: Any, source: dict[str, Any], broker: Broker):
    address, headers, body = broker.notice(FIRST)
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    value = {"type": "Property", "value": 1, "observedAt": at(1)}
    hostile = [
        5, None, [], {}, {"id": 5, "type": "Tree"}, {"id": "", "type": "Tree"}, {"id": "a\x00b", "type": "Tree", "x": value},
        {"id": "\ud800", "type": "Tree", "x": value}, {"id": "x" * 5_000, "type": "Tree", "x": value},
        {"id": FIRST, "type": "Tree", "soilTemperature": deep}, {"id": FIRST, "type": "Tree", "a\x00": value},
        {"id": "../../admin'; DROP TABLE package;--<script>", "type": {"a": 1}, "x": value},
    ]  # fmt: skip
    # a value without its time is not guessed
    hostile.append({"id": FIRST, "type": "Tree", "soilTemperature": {"type": "Property", "value": 5, "unitCode": "CEL"}})
    told(broker, 30, 9)
    body["data"] = [*hostile, *broker.notice(FIRST)[2]["data"]]

    answer = send(app, address, headers, body)

    assert answer.status_code == 200
    assert answer.json == {"written": 1, "staged": 0, "waiting": 1, "unusable": len(hostile) - 1}
    assert values(source) == {"00": 7, "30": 9}
    assert errors(run(source)) == []


def test_a_broker_that_declines_or_is_down_loses_nothing(app: Any, make_source: Callable[..., Any], broker: Broker):
    broker.refuses = 501
    source = make_source("ngsi-ld", broker.url, push=True)

    said = errors(run(source))

    assert "501" in said[0], said
    assert "Abholung" in said[0], said
    assert values(source) == {"00": 7}
    assert (state(source)["state"], state(source)["error"] in said[0]) == ("failed", True)
    broker.refuses = 0
    assert errors(run(source)) == []
    assert state(source)["state"] == "active"

    broker.fault = lambda _: 503
    assert "503" in errors(run(source))[0]
    told(broker, 15, 8)
    assert send(app, *broker.notice(FIRST)).status_code == 200
    assert values(source) == {"00": 7, "15": 8}


def test_it_is_renewed_made_anew_when_the_broker_lost_it_and_ended_with_the_setting(
    app: Any, source: dict[str, Any], broker: Broker, ckan_config: Any
):
    old = broker.notice(FIRST)
    model.Session.query(NgsiSubscription).update({"expires": "2026-01-01T00:00:00Z"})
    model.Session.commit()
    assert state(source)["state"] == "expired"
    run(source)
    assert broker.sent[-1][0] == "PATCH"
    assert state(source)["state"] == "active"

    with setting(ckan_config, "SECRET_KEY", "another key"):
        run(source)
        assert send(app, *old).status_code == 401
    broker.subscriptions.clear()
    run(source)
    assert len(broker.subscriptions) == 1
    # with another secret: the one before is worth nothing any more
    assert send(app, *old).status_code == 401
    assert send(app, *broker.notice(FIRST)).status_code == 200

    factories.act("harvest_source_update", **{**source, "config": json.dumps({"push": False})})
    last = broker.notice(FIRST)
    run(source)
    assert broker.subscriptions == {}
    assert send(app, *last).status_code == 401
    assert state(source)["state"] == "off"

    factories.act("harvest_source_update", **{**source, "config": json.dumps({"push": True})})
    run(source)
    last = broker.notice(FIRST)
    factories.act("harvest_source_delete", id=source["id"])
    assert broker.subscriptions == {}
    assert send(app, *last).status_code == 401


def test_a_published_dataset_gets_only_what_its_release_covers(app: Any, source: dict[str, Any], broker: Broker):
    package = datasets(source)["Tree"]["id"]
    decided = access.content_hash(package)
    assert decided
    access.publish(package, decided, "decision-1")
    model.Session.commit()
    told(broker, 15, 8)

    answer = send(app, *broker.notice(FIRST))

    assert (answer.json["written"], answer.json["staged"]) == (0, 1)
    assert values(source) == {"00": 7}


def test_the_older_api_registers_and_tells_too(app: Any, make_source: Callable[..., Any]):
    with BrokerV2() as broker:
        parking(broker, at(0), 132)
        source = make_source("ngsi-ld", broker.url, version="ngsiv2", push=True)
        assert errors(run(source)) == []
        parking(broker, at(15), 130)
        first, again = send(app, *broker.notice(PARKING)), send(app, *broker.notice(PARKING))

        assert (first.json["written"], again.json["written"]) == (1, 0), first.json
        assert {row["time"][14:16]: row["value"] for row in rows(source, "OffStreetParking")} == {"00": 132, "15": 130}
        factories.act("harvest_source_delete", id=source["id"])
        assert broker.subscriptions == {}


def test_the_page_of_the_source_says_how_it_is(page: Any, make_source: Callable[..., Any], broker: Broker, unit: dict[str, Any]):
    source = make_source("ngsi-ld", broker.url, push=True)
    log_in(page, factories.editor_of(unit, "admin")["name"])
    page.goto(f"/harvest/admin/{source['name']}")
    assert "Beim Broker ist noch nichts abonniert" in page.inner_text("main")
    run(source)
    page.goto(f"/harvest/admin/{source['name']}")
    assert "Der Broker meldet neue Werte von selbst" in page.inner_text("main")
    looked_at(page, "source-push", ours=False)
    broker.refuses = 403
    broker.subscriptions.clear()
    run(source)
    memory.record(source["id"], "Tree").missing_since = utcnow()
    model.Session.commit()
    page.goto(f"/harvest/admin/{source['name']}")
    assert "403" in page.inner_text("main")
    assert page.is_visible("text=Sie sind wirklich weg")
    looked_at(page, "source-push-failed", ours=False)
    page.set_viewport_size({"width": 360, "height": 780})
    looked_at(page, "source-push-failed-360", ours=False)

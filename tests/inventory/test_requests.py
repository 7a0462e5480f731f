"""Staff of another unit ask for the data behind an entry; the responsible unit answers; nobody learns what is hidden."""

from __future__ import annotations

from typing import Any

import ckan.lib.jobs as jobs
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from rq import SimpleWorker

from tests import factories as f
from tests.browser import log_in, looked_at
from tests.inventory.mailbox import Mailbox, mailbox  # noqa: F401

platform = pytest.mark.usefixtures("platform")


@pytest.fixture
def unit(platform):
    return f.unit()


@pytest.fixture
def editor(unit):
    return f.editor_of(unit)


@pytest.fixture
def asker(platform):
    return f.editor_of(f.unit(), "member")


def made(unit: Any, title: str = "Bäume", **fields: Any) -> dict[str, Any]:
    return f.act("inventory_record_create", title=title, unit=unit["name"], **fields)


def post() -> None:
    """Do what waits in the queue, as the worker does."""
    queue = jobs.get_queue()
    SimpleWorker([queue], connection=queue.connection).work(burst=True)


def test_asked_answered_counted(unit, editor, asker, mailbox: Mailbox):
    jobs.get_queue().empty()
    item = made(unit, source_system="KANARIE")
    request = f.act("inventory_access_request_create", asker["name"], id=item["id"], purpose="Radwege")
    assert (request["state"], request["mine"], request["may_answer"]) == ("open", True, False)
    post()
    [letter] = mailbox.take()
    assert letter.to == editor["email"]
    assert "- Bäume\n" in letter.text
    assert f"/inventar/anfragen/{request['id']}" in letter.text
    assert "Radwege" not in letter.text
    assert f.act("inventory_record_show", editor["name"], id=item["id"])["demand"] == 1
    [seen] = f.act("inventory_access_request_list", editor["name"], role="unit", state="open")["results"]
    assert (seen["purpose"], seen["asker_email"], seen["may_answer"]) == ("Radwege", asker["email"], True)
    answer = f.act("inventory_access_request_answer", editor["name"], id=request["id"], decision="granted", text="Gern.")
    assert (answer["state"], answer["answer"]) == ("granted", "Gern.")
    post()
    [letter] = mailbox.take()
    assert letter.to == asker["email"]
    assert "Bäume" not in letter.text + letter.subject
    assert "Gern" not in letter.text
    [own] = f.act("inventory_access_request_list", asker["name"])["results"]
    assert (own["state"], own["answer"], own["asker_email"]) == ("granted", "Gern.", None)
    # the data are open, the record is not; so there is nothing more to ask
    assert f.act("dataspace_list", asker["name"])[0]["datasets"] == [item["id"]]
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_show", asker["name"], id=item["id"])
    with pytest.raises(tk.ValidationError):
        f.act("inventory_access_request_create", asker["name"], id=item["id"], purpose="Wieder")
    f.act("dataspace_member_remove", editor["name"], dataspace=f"zugang-{item['id']}", user=asker["name"])
    assert f.act("inventory_access_request_create", asker["name"], id=item["id"], purpose="Wieder")["state"] == "open"
    assert f.act("inventory_record_show", editor["name"], id=item["id"])["demand"] == 2


def test_what_one_may_not_see_cannot_be_asked_for(unit, editor, asker):
    hidden = made(unit, confidentiality="high")
    draft = made(unit, "Entwurf", draft=True)
    deleted = made(unit, "Weg")
    f.act("inventory_record_delete", editor["name"], id=deleted["id"])
    messages = set()
    for id in (hidden["id"], hidden["name"], draft["id"], deleted["id"], "gibt-es-nicht"):
        with pytest.raises(tk.ObjectNotFound) as refused:
            f.act("inventory_access_request_create", asker["name"], id=id, purpose="x")
        messages.add(str(refused.value))
    assert len(messages) == 1
    partner = f.editor_of(f.unit(extras=[{"key": "kind", "value": "outside"}]), "member")["name"]
    for nobody in ("", partner):
        for id in (made(unit)["id"], hidden["id"], "gibt-es-nicht"):
            with pytest.raises(tk.NotAuthorized):
                f.act("inventory_access_request_create", nobody, id=id, purpose="x")
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_access_request_list", nobody)


def test_one_open_request_and_only_where_there_is_something_to_ask(unit, editor, asker, tmp_path):
    item = made(unit)
    f.act("inventory_access_request_create", asker["name"], id=item["id"], purpose="x")
    with pytest.raises(tk.ValidationError) as refused:
        f.act("inventory_access_request_create", asker["name"], id=item["id"], purpose="y")
    assert "id" in refused.value.error_dict
    assert f.act("inventory_access_request_list", asker["name"])["count"] == 1
    for purpose in ("", "   ", "x" * 2001):
        with pytest.raises(tk.ValidationError) as refused:
            f.act("inventory_access_request_create", f.editor_of(f.unit())["name"], id=item["id"], purpose=purpose)
        assert "purpose" in refused.value.error_dict
    public = f.published_dataset(unit, tmp_path)
    for user, id in ((editor["name"], item["id"]), (asker["name"], public["id"])):
        with pytest.raises(tk.ValidationError):
            f.act("inventory_access_request_create", user, id=id, purpose="x")


def test_who_answers_and_only_once(unit, editor, asker):
    request = f.act("inventory_access_request_create", asker["name"], id=made(unit)["id"], purpose="x")["id"]
    for nobody in (f.editor_of(f.unit())["name"], f.editor_of(unit, "member")["name"], f.board(1)[0]["name"]):
        with pytest.raises(tk.ObjectNotFound):
            f.act("inventory_access_request_answer", nobody, id=request, decision="granted")
        assert f.act("inventory_access_request_list", nobody)["count"] == 0
        assert f.act("inventory_access_request_list", nobody, id=request)["results"] == []
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_access_request_answer", asker["name"], id=request, decision="granted")
    for wrong in ({"decision": "vielleicht"}, {"decision": "refused"}, {"decision": "refused", "text": "x" * 2001}):
        with pytest.raises(tk.ValidationError):
            f.act("inventory_access_request_answer", editor["name"], id=request, **wrong)
    f.act("inventory_access_request_answer", editor["name"], id=request, decision="refused", text="Adressen.")
    with pytest.raises(tk.ValidationError):
        f.act("inventory_access_request_answer", editor["name"], id=request, decision="granted")
    assert f.act("inventory_access_request_list", asker["name"])["results"][0]["state"] == "refused"
    # who asked and joined the unit since does not answer their own
    second = f.act("inventory_access_request_create", asker["name"], id=made(unit, "Zwei")["id"], purpose="x")["id"]
    f.act("member_create", id=unit["id"], object=asker["id"], object_type="user", capacity="admin")
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_access_request_answer", asker["name"], id=second, decision="granted")


def test_what_became_hidden_is_no_longer_named(unit, editor, asker):
    item = made(unit)
    f.act("inventory_access_request_create", asker["name"], id=item["id"], purpose="x")
    f.act("inventory_record_patch", editor["name"], id=item["id"], confidentiality="high")
    f.act("package_patch", editor["name"], id=item["id"], title="KANARIE")
    [own] = f.act("inventory_access_request_list", asker["name"])["results"]
    assert (own["title"], own["name"], own["unit_title"]) == (None, None, None)
    f.act("member_delete", id=unit["id"], object=editor["id"], object_type="user")
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_access_request_list", editor["name"])


def test_by_the_pages(page: Any):
    unit = f.unit()
    editor, asker = f.editor_of(unit), f.editor_of(f.unit(), "member")
    item = made(unit)
    log_in(page, asker["name"])
    page.goto(f"/dataset/{item['name']}")
    page.get_by_role("link", name="Nach den Daten fragen").click()
    looked_at(page, "ask")
    page.fill("#purpose", "<b>Radwege</b>")
    page.click("main form.dp-form button[type=submit]")
    page.wait_for_selector(".alert-success")
    looked_at(page, "requests-asker")
    page.goto(f"/inventar/{item['name']}/anfragen")
    page.fill("#purpose", "Noch einmal")
    page.click("main form.dp-form button[type=submit]")
    page.wait_for_selector(".dp-errors")
    assert page.input_value("#purpose") == "Noch einmal"
    hidden = made(unit, "Geheim", confidentiality="high")
    assert page.goto(f"/inventar/{hidden['name']}/anfragen").status == 404
    assert page.goto("/inventar/gibt-es-nicht/anfragen").status == 404
    assert page.goto("/inventar/anfragen/gibt-es-nicht").status == 404
    page.context.clear_cookies()
    log_in(page, editor["name"])
    page.goto("/inventar/anfragen")
    page.set_viewport_size({"width": 360, "height": 800})
    looked_at(page, "requests-unit-360")
    page.get_by_role("link", name="Bäume").click()
    assert "<b>Radwege</b>" in page.inner_text("main")
    looked_at(page, "request-360")
    page.set_viewport_size({"width": 1280, "height": 800})
    looked_at(page, "request")
    page.check("#decision-refused")
    page.click("main form.dp-form button[type=submit]")
    page.wait_for_selector(".dp-errors")
    looked_at(page, "request-problem")
    page.fill("#text", "Die Daten enthalten Adressen.")
    page.click("main form.dp-form button[type=submit]")
    page.wait_for_selector(".alert-success")
    model.Session.expire_all()
    assert f.act("inventory_access_request_list", asker["name"])["results"][0]["answer"] == "Die Daten enthalten Adressen."

"""The record of the board stands: whoever changes it in the database is found, and erasing a person keeps the proof."""

from __future__ import annotations

import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan

from ckanext.datenplattform.review import events, proof
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")


def sql(statement, **values):
    return model.Session.execute(sa.text(statement), values)


OFF = "ALTER TABLE dp_review_event DISABLE TRIGGER dp_review_append_only"
ON = "ALTER TABLE dp_review_event ENABLE ALWAYS TRIGGER dp_review_append_only"


def break_of(*statements, **values):
    """The break that is found when somebody has done this to the database; nothing of it stays."""
    model.Session.commit()
    try:
        for statement in statements:
            sql(statement, **(values if ":case" in statement else {}))
        with pytest.raises(proof.Broken) as found:
            proof.verify()
        return str(found.value)
    finally:
        model.Session.rollback()
        model.Session.expire_all()


@pytest.fixture
def story(tmp_path):
    """A published dataset, an entry of the register and a refused dataset; the refused case."""
    unit = f.unit()
    f.published_dataset(unit, tmp_path)
    steward = f.editor_of(unit)
    entry = f.dataset(unit, steward["name"])
    f.act("inventory_record_patch", id=entry["id"], personal_data="none", openness="open")
    case = f.act("review_submit", steward["name"], package_id=entry["id"], entry=True)
    for member in f.board()[:3]:
        f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
    bad = f.dataset(unit, steward["name"])
    f.act("inventory_record_patch", id=bad["id"], personal_data="none", openness="open")
    return {"steward": steward, "case": f.submit_and_vote(bad["id"], steward["name"], f.board(), "nnn")}


@pytest.fixture
def verify(cli):
    def run(*more):
        model.Session.commit()
        return cli.invoke(ckan, ["datenplattform", "review", "verify", *more])

    return run


def broken(answer, *words):
    assert answer.exit_code == 1, answer.output
    for word in words:
        assert str(word) in answer.output


def test_numbers_have_no_gap_and_the_head_is_for_the_minutes(story, verify):
    numbers = [row.number for row in sql("SELECT number FROM dp_review_event ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
    head = sql("SELECT number, hash FROM dp_review_event ORDER BY number DESC LIMIT 1").one()
    answer = verify()
    assert answer.exit_code == 0, answer.output
    assert str(head.number) in answer.output
    assert head.hash in answer.output
    f.act("review_withdraw", story["steward"]["name"], package_id=sql("SELECT package_id FROM dp_publication").scalar(), reason="Fehler")
    assert verify("--head", f"{head.number}:{head.hash}").exit_code == 0
    broken(verify("--head", f"{head.number}:{'0' * 64}"), head.number)
    broken(verify("--head", f"{head.number + 50}:{head.hash}"), head.number + 50)


def test_the_database_refuses(story):
    for statement in (
        "UPDATE dp_review_event SET kind = 'refused'", "DELETE FROM dp_review_event", "TRUNCATE dp_review_event",
        "UPDATE dp_review_event SET kind = 'x' WHERE false",
    ):  # fmt: skip
        with pytest.raises(Exception, match="never changed or deleted"):
            sql(statement)
        model.Session.rollback()
    # "always": also for a session that replays changes
    assert sql("SELECT tgenabled FROM pg_trigger WHERE tgname = 'dp_review_append_only'").scalar() == "A"


def test_a_changed_chain_is_found(story, verify):
    """As somebody who owns the database could change it, with the trigger switched off."""
    last = "(SELECT max(number) FROM dp_review_event WHERE kind = 'voted')"
    changes = {
        f"UPDATE dp_review_event SET facts = '{{\"vote\": \"approve\"}}' WHERE number = {last}": "Inhalt wurde geändert",
        "UPDATE dp_review_event SET at = at + interval '1 day' WHERE number = 2": "Ereignis 2",
        "UPDATE dp_review_event SET actor = NULL WHERE number = 2": "Ereignis 2",
        "DELETE FROM dp_review_event WHERE number = 3": "Ereignis 4",
        "UPDATE dp_review_event SET hash = repeat('0', 64) WHERE number = 2": "Ereignis 2",
        "DELETE FROM dp_review_event WHERE number = (SELECT max(number) FROM dp_review_event)": "Vorgang",
        "TRUNCATE dp_review_event": "Vorgang",
    }
    for statement, word in changes.items():
        assert word in break_of(OFF, statement), statement
    sql(OFF)
    sql("UPDATE dp_review_event SET kind = 'x' WHERE number = 1")
    sql(ON)
    broken(verify(), "Ereignis 1")


def test_what_the_chain_does_not_say_is_found(story):
    changes = {
        "UPDATE dp_review_vote SET vote = 'approve' WHERE case_id = :case": "Stimme",
        "DELETE FROM dp_review_vote WHERE case_id = :case": "Stimme",
        "INSERT INTO dp_review_vote (case_id, user_id, vote, at) VALUES (:case, 'jemand', 'approve', now())": "Stimme",
        "UPDATE dp_review_case SET state = 'published' WHERE id = :case": "Zustand",
        "UPDATE dp_review_case SET content = content || '{\"mehr\": 1}' WHERE id = :case": "Kopie",
        "DELETE FROM dp_review_case WHERE id = :case": "Zustand",
        "UPDATE dp_publication SET content_hash = repeat('0', 64)": "Veröffentlichung",
        "UPDATE dp_publication SET decision_id = :case": "Veröffentlichung",
        "INSERT INTO dp_publication (id, package_id, content_hash, decision_id, since) VALUES ('x', 'p', 'h', :case, now())":
        "Veröffentlichung",
        "UPDATE dp_inventory_register SET entry = entry || '{\"title\": \"Anders\"}'": "Eintrag",
    }  # fmt: skip
    for statement, word in changes.items():
        # a colon before a digit is JSON here, no parameter
        assert word in break_of(statement.replace('": ', '"\\: '), case=story["case"]["id"]), statement


def test_a_forged_chain_does_not_fit_the_minutes(story, verify):
    """Who recomputes all hashes gets a chain that stands, but not the one of the minutes."""
    old = events.head()
    rows = list(events.walk())
    sql(OFF)
    sql("TRUNCATE dp_review_event")
    before = ""
    for row in rows:
        row["at"] = row["at"].replace(year=2020)
        row["previous"], row["hash"] = before, events.digest(before, row)
        before = row["hash"]
        model.Session.execute(sa.insert(events.EVENT).values(**row))
    sql(ON)
    assert verify().exit_code == 0
    broken(verify("--head", f"{old.number}:{old.hash}"), "Niederschrift")


def test_no_name_and_no_text_is_hashed(story):
    """Nothing of a person stands in the table that can never be changed."""
    whole = " ".join(str(tuple(row)) for row in sql("SELECT * FROM dp_review_event"))
    for secret in ("Begründung", story["steward"]["id"], story["steward"]["name"], *(m["id"] for m in f.board())):
        assert secret not in whole


def test_forgetting_keeps_the_proof(story, verify, cli):
    members = f.board()
    gone, steward = members[0], story["steward"]
    still = cli.invoke(ckan, ["datenplattform", "review", "forget", gone["name"], "--yes"])
    assert still.exit_code == 1
    assert "noch aktiv" in still.output
    for person in (gone, steward):
        f.act("user_delete", id=person["id"])
        model.Session.commit()
        done = cli.invoke(ckan, ["datenplattform", "review", "forget", person["name"], "--yes"])
        assert done.exit_code == 0, done.output
    model.Session.expire_all()
    answer = verify()
    assert answer.exit_code == 0, answer.output
    for table in ("case", "vote", "revision", "editor", "note", "actor", "recusal", "event"):
        text = " ".join(str(tuple(row)) for row in sql(f"SELECT * FROM dp_review_{table}"))
        for person in (gone, steward):
            assert person["id"] not in text, table
            assert person["name"] not in text, table
    shown = f.act("review_show", members[1]["name"], id=story["case"]["id"])
    erased = next(vote for vote in shown["votes"] if vote["user"].startswith("person-"))
    assert (erased["vote"], erased["reason"]) == ("refuse", None)
    assert shown["reason"] == "Begründung; Begründung"
    assert cli.invoke(ckan, ["datenplattform", "review", "forget", "niemand", "--yes"]).exit_code == 1


def test_two_decisions_at_once_are_one_chain(verify, app):
    """Cases of different datasets decided in the same moment: one order, no gap."""
    unit = f.unit()
    steward = f.editor_of(unit)
    members = f.board()
    cases = []
    for _ in range(4):
        made = f.dataset(unit, steward["name"])
        f.act("inventory_record_patch", id=made["id"], personal_data="none", openness="open")
        cases.append(f.act("review_submit", steward["name"], package_id=made["id"]))
    model.Session.commit()
    faults = []

    def run(case):
        try:
            with app.flask_app.test_request_context():
                for member in members[:3]:
                    f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
        except Exception as problem:
            faults.append(problem)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=run, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not faults
    assert verify().exit_code == 0
    assert sql("SELECT count(*) FROM dp_review_event WHERE kind = 'published'").scalar() == 4


def test_events_from_before_the_chain_are_moved_in_their_order(story, verify, cli):
    asked = "SELECT kind, at, package_id, case_id, coalesce(actor, '') <> '' FROM dp_review_event ORDER BY 2"
    before = [tuple(row) for row in sql(asked)]
    model.Session.remove()
    try:
        back = cli.invoke(ckan, ["db", "downgrade", "-p", "dp_review", "-v", "dpreview0001"])
        assert back.exit_code == 0, back.output
        assert "text" in {row.name for row in sql("SELECT column_name AS name FROM information_schema.columns"
                                                  " WHERE table_name = 'dp_review_event'")}  # fmt: skip
        model.Session.remove()
    finally:
        up = cli.invoke(ckan, ["db", "upgrade", "-p", "dp_review"])
        assert up.exit_code == 0, up.output
    assert [tuple(row) for row in sql(asked)] == before
    answer = verify()
    assert answer.exit_code == 0, answer.output
    shown = f.act("review_show", id=story["case"]["id"])
    assert story["case"]["events"][0]["actor"] == shown["events"][0]["actor"]
    assert [(event["kind"], event["text"]) for event in shown["events"]] == [
        (event["kind"], event["text"]) for event in story["case"]["events"]
    ]

"""The way of a dataset through the board, by the actions."""

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def unit():
    return f.unit("geodaten")


@pytest.fixture
def steward(unit):
    return f.editor_of(unit)


def record(package_id, **fields):
    f.act("inventory_record_patch", id=package_id, **{"personal_data": "none", "openness": "open", **fields})


def ready(unit, steward, **data):
    made = f.dataset(unit, steward["name"], **data)
    record(made["id"])
    return made


def refused_for(call, field):
    with pytest.raises(tk.ValidationError) as problem:
        call()
    assert field in problem.value.error_dict


def test_submit_vote_publish(unit, steward):
    made = ready(unit, steward)
    members = f.board()
    case = f.act("review_submit", steward["name"], package_id=made["id"], comment="Bitte prüfen")
    assert case["state"] == "in_review"
    assert case["may_vote"] is False
    for number, member in enumerate(members[:3]):
        with pytest.raises(tk.ObjectNotFound):
            f.anonymous("package_show", id=made["id"])
        case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
        assert case["state"] == ("published" if number == 2 else "in_review")
    shown = f.anonymous("package_show", id=made["id"])
    assert shown["private"] is False
    assert f.anonymous("package_search", q="")["count"] == 1
    assert [event["kind"] for event in case["events"]] == [
        "submitted", "voted", "voted", "voted", "approved", "published",
    ]  # fmt: skip


def test_refused_stays_hidden_and_says_why(unit, steward):
    made = ready(unit, steward)
    case = f.submit_and_vote(made["id"], steward["name"], f.board(), "nnn")
    assert case["state"] == "refused"
    assert "Begründung" in case["reason"]
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=made["id"])


def test_split_vote_waits_for_the_fifth(unit, steward):
    made = ready(unit, steward)
    members = f.board()
    assert f.submit_and_vote(made["id"], steward["name"], members, "ynyn")["state"] == "in_review"
    case = f.act("review_show", members[4]["name"], package_id=made["id"])
    assert f.act("review_vote", members[4]["name"], case_id=case["id"], vote="approve")["state"] == "published"


def test_a_vote_can_be_changed_until_decided(unit, steward):
    made = ready(unit, steward)
    members = f.board()
    case = f.submit_and_vote(made["id"], steward["name"], members, "nn")
    changed = f.act("review_vote", members[0]["name"], case_id=case["id"], vote="approve")
    assert changed["tally"] == {"approve": 1, "refuse": 1, "abstain": 0}


def test_late_vote_is_not_counted(unit, steward):
    made = ready(unit, steward)
    members = f.board()
    case = f.submit_and_vote(made["id"], steward["name"], members, "yyy")
    with pytest.raises(tk.ValidationError):
        f.act("review_vote", members[3]["name"], case_id=case["id"], vote="refuse", reason="zu spät", interest="other")
    assert f.anonymous("package_show", id=made["id"])


def test_four_eyes(unit, steward):
    """Who submitted or edited does not vote, not even a sysadmin, not with ignore_auth."""
    made = ready(unit, steward)
    members = f.board()
    editing = members[0]
    f.act("member_create", id=unit["id"], object=editing["name"], object_type="user", capacity="editor")
    f.act("package_patch", editing["name"], id=made["id"], notes="Geändert vom Gremiumsmitglied.")
    f.act("role_grant", user=steward["name"], role="board", unit=unit["name"])
    case = f.act("review_submit", steward["name"], package_id=made["id"])
    for person in (editing, steward, f.sysadmin(), f.editor_of(unit)):
        with pytest.raises(tk.NotAuthorized):
            f.act("review_vote", person["name"], case_id=case["id"], vote="approve")
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("review_vote")(
                {"user": person["name"], "ignore_auth": True}, {"case_id": case["id"], "vote": "approve"}
            )
    assert f.act("review_show", steward["name"], id=case["id"])["votes"] == []


def test_outsiders_find_no_case(unit, steward):
    made = ready(unit, steward)
    f.board()
    case = f.act("review_submit", steward["name"], package_id=made["id"])
    for person in (f.user()["name"], f.editor_of(f.unit("andere"))["name"], ""):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            f.act("review_show", person, id=case["id"])
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            f.act("review_vote", person, case_id=case["id"], vote="approve")


def test_in_review_content_is_locked(unit, steward):
    made = ready(unit, steward)
    f.board()
    f.act("review_submit", steward["name"], package_id=made["id"])
    with pytest.raises(tk.NotAuthorized, match="[Gg]remium|board"):
        f.act("package_patch", steward["name"], id=made["id"], notes="Heimlich anders")
    assert f.act("package_show", id=made["id"])["notes"] == "Ein Datensatz."
    f.act("review_withdraw", steward["name"], package_id=made["id"], reason="Fehler gefunden")
    f.act("package_patch", steward["name"], id=made["id"], notes="Besser")


def test_file_swapped_while_in_review_is_not_published(unit, steward, tmp_path):
    made = f.harvested(unit, tmp_path)
    members = f.board()
    case = f.act("review_submit", steward["name"], package_id=made["id"])
    resource = model.Resource.get(made["resources"]["csv"])
    from ckanext.datenplattform.inventory import shared

    path = shared.stored({"id": resource.id, "url": resource.url, "url_type": "upload"})
    assert path is not None
    path.write_text("name\nFrau Müller\n")
    for member in members[:3]:
        case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
    assert case["state"] == "changes_requested"
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=made["id"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"personal_data": "yes"}, "personal_data"),
        ({"personal_data": ""}, "personal_data"),
        ({"openness": "internal", "openness_reason": "Betriebsgeheimnis"}, "openness"),
    ],
)
def test_not_ready_by_record(unit, steward, fields, field):
    made = f.dataset(unit, steward["name"])
    record(made["id"], **fields)
    f.board()
    refused_for(lambda: f.act("review_submit", steward["name"], package_id=made["id"]), field)


@pytest.mark.parametrize(("data", "field"), [({"license_id": ""}, "license_id"), ({"notes": ""}, "notes")])
def test_not_ready_by_metadata(unit, steward, data, field):
    made = ready(unit, steward, **data)
    f.board()
    refused_for(lambda: f.act("review_submit", steward["name"], package_id=made["id"]), field)


@pytest.mark.parametrize("licence", ["cc-by-nc/4.0", "cc-by-nd/4.0", "other-closed", "Nutzungsbedingungen der Stadt"])
def test_what_is_not_open_cannot_be_submitted(unit, steward, licence):
    f.board()
    made = ready(unit, steward, license_id=licence)
    refused_for(lambda: f.act("review_submit", steward["name"], package_id=made["id"]), "license_id")
    file = {"name": "Liste", "url": "https://example.org/liste.csv", "license": licence}
    made = ready(unit, steward, resources=[file])
    refused_for(lambda: f.act("review_submit", steward["name"], package_id=made["id"]), "resources")


def test_a_broken_rule_stops_the_submission_and_names_the_field_in_german(unit, steward):
    f.board()
    regulation = ["http://data.europa.eu/eli/reg_impl/2023/138/oj"]
    made = ready(unit, steward, applicable_legislation=regulation)
    with pytest.raises(tk.ValidationError) as error:
        f.act("review_submit", steward["name"], package_id=made["id"])
    assert "Kategorie für hochwertige Datensätze" in str(error.value.error_dict["hvd_category"])
    f.act("package_patch", steward["name"], id=made["id"], hvd_category=["c_c3919aec"])
    assert f.act("review_submit", steward["name"], package_id=made["id"])["state"]


def test_no_quorum_possible_is_said_at_once(unit, steward):
    made = ready(unit, steward)
    f.board(2)
    refused_for(lambda: f.act("review_submit", steward["name"], package_id=made["id"]), "__all__")
    assert f.act("package_patch", steward["name"], id=made["id"], notes="noch änderbar")


def test_submitted_twice_is_one_case(unit, steward):
    made = ready(unit, steward)
    f.board()
    f.act("review_submit", steward["name"], package_id=made["id"])
    refused_for(lambda: f.act("review_submit", steward["name"], package_id=made["id"]), "__all__")
    assert f.act("review_list")["count"] == 1


def test_withdrawn_at_once_and_can_come_back(unit, tmp_path):
    shown = f.published_dataset(unit, tmp_path)
    steward = f.editor_of(unit)
    assert f.act("review_withdraw", steward["name"], package_id=shown["id"], reason="Fehler in den Daten") == {
        "package_id": shown["id"],
        "withdrawn": "publication",
    }
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=shown["id"])
    assert f.anonymous("package_search", q="")["count"] == 0
    assert f.act("package_show", steward["name"], id=shown["id"])["private"] is True
    case = f.submit_and_vote(shown["id"], steward["name"], f.board())
    assert case["state"] == "published", case
    assert f.anonymous("package_show", id=shown["id"])


def test_revoking_ends_what_is_public_and_nothing_else(unit, steward, tmp_path):
    waiting = ready(unit, steward)
    members = f.board()
    case = f.act("review_submit", steward["name"], package_id=waiting["id"])
    refused_for(lambda: f.act("review_revoke", steward["name"], package_id=waiting["id"], reason="Fehler"), "__all__")
    assert f.act("review_show", steward["name"], id=case["id"])["state"] == "in_review"
    shown = f.published_dataset(unit, tmp_path)
    stranger = f.editor_of(f.unit("fremd"))["name"]
    with pytest.raises(tk.NotAuthorized):
        f.act("review_revoke", stranger, package_id=shown["id"], reason="Neid")
    done = f.act("review_revoke", members[0]["name"], package_id=shown["id"], reason="Fehler")
    assert done == {"package_id": shown["id"], "withdrawn": "publication"}
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=shown["id"])


def test_member_removed_loses_the_vote(unit, steward):
    made = ready(unit, steward)
    members = f.board()
    case = f.act("review_submit", steward["name"], package_id=made["id"])
    f.act("role_revoke", user=members[0]["name"], role="board")
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        f.act("review_vote", members[0]["name"], case_id=case["id"], vote="approve")


def test_purged_in_mid_case_publishes_nothing(unit, steward):
    made = ready(unit, steward)
    members = f.board()
    case = f.submit_and_vote(made["id"], steward["name"], members, "yy")
    f.act("dataset_purge", id=made["id"])
    assert f.act("review_vote", members[2]["name"], case_id=case["id"], vote="approve")["state"] == "withdrawn"


def test_a_published_dataset_that_is_back_at_its_source_is_not_marked_as_vanished(tmp_path):
    unit = f.unit()
    made = f.harvested(unit, tmp_path)
    f.submit_and_vote(made["id"], f.editor_of(unit)["name"], f.board())
    f.act("inventory_dataset_vanish", source="import:test", remote_id="1", archive=True)
    assert f.act("inventory_record_show", id=made["id"])["vanished_at"]
    f.harvested(unit, tmp_path)
    record = f.act("inventory_record_show", id=made["id"])
    assert (record["vanished_at"], record["archived_at"]) == (None, None)

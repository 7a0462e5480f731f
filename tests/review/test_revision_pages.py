"""A published dataset is changed by its form: the public version stays until the board has decided; files too."""

from __future__ import annotations

import io

import ckan.plugins.toolkit as tk
import pytest

from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def desk(app, tmp_path):
    """A published dataset with a file, and a way to send forms as its steward."""
    unit = f.unit()
    pkg = f.published_dataset(unit, tmp_path)
    steward = f.editor_of(unit)
    token = f.act("api_token_create", steward["name"], user=steward["name"], name="seiten")["token"]

    class Desk:
        id, name, headers = pkg["id"], pkg["name"], {"Authorization": token}
        file = pkg["resources"][0]["id"]

        def form(self, **changed):
            shown = f.act("package_show", id=self.id)
            keep = {key: shown.get(key) or "" for key in ("title", "notes", "license_id", "name")}
            return {**keep, "owner_org": unit["id"], "tag_string": "", "comment": "", **changed}

        def send(self, **changed):
            return app.post(
                f"/dataset/{self.name}/fassung/bearbeiten", headers=self.headers, data=self.form(**changed),
                content_type="multipart/form-data", follow_redirects=False,
            )  # fmt: skip

        def pending(self):
            return f.act("review_revision_show", package_id=self.id)

    return Desk()


def test_a_change_waits_beside_the_public_version_and_can_be_thrown_away(app, desk):
    assert desk.send(notes="Alle Linden und Eichen der Stadt, einmal im Jahr.", theme="ENVI").status_code == 302
    assert f.anonymous("package_show", id=desk.id)["notes"] == "Alle Bäume."
    shown = app.get(f"/dataset/{desk.name}/fassung", headers=desk.headers).text
    assert "<del>" in shown
    assert "<ins>" in shown
    assert "einmal im Jahr" in shown
    app.post(f"/dataset/{desk.name}/fassung/verwerfen", headers=desk.headers, follow_redirects=False)
    with pytest.raises(tk.ObjectNotFound):
        desk.pending()


def test_a_replaced_file_is_decided_by_the_board_and_kept_when_the_text_is_changed_again(app, desk):
    new = "nr,art\n1,Linde\n2,Eiche\n"
    desk.send(**{f"file-{desk.file}": (io.BytesIO(new.encode()), "baeume.csv")})
    assert list(desk.pending()["files"]) == [desk.file]
    desk.send(notes="Jetzt auch mit Eichen, Buchen und Ahorn.")
    assert list(desk.pending()["files"]) == [desk.file]
    members = f.board()
    steward = f.act("review_submit", package_id=desk.id)
    member = f.act("api_token_create", members[0]["name"], user=members[0]["name"], name="x")["token"]
    headers = {"Authorization": member}
    page = app.get(f"/gremium/{steward['id']}", headers=headers).text
    assert "Eiche" in page
    sent = app.get(f"/gremium/{steward['id']}/datei/{desk.file}", headers=headers)
    assert sent.body == new
    assert "attachment" in sent.headers["Content-Disposition"]
    app.get(f"/gremium/{steward['id']}/datei/{desk.file}", status=404)
    for person in members[:3]:
        f.act("review_vote", person["name"], case_id=steward["id"], vote="approve")
    live = f.anonymous("package_show", id=desk.id)
    assert live["notes"].startswith("Jetzt auch")
    assert app.get(f"/dataset/{desk.id}/resource/{desk.file}/download/baeume.csv").body == new


def test_a_single_file_is_removed_when_the_board_agrees_and_not_before(app, desk):
    desk.send(**{"file-new": (io.BytesIO(b"nr\n1\n"), "zweite.csv")})
    [first, second] = desk.pending()["dataset"]["resources"]
    assert (first["id"], second["name"]) == (desk.file, "zweite.csv")
    # of what is prepared one goes again, and the other too
    desk.send(**{f"remove-{first['id']}": "1"})
    assert [item["name"] for item in desk.pending()["dataset"]["resources"]] == ["zweite.csv"]
    assert [item["id"] for item in f.anonymous("package_show", id=desk.id)["resources"]] == [desk.file]
    case = f.act("review_submit", package_id=desk.id)
    for person in f.board()[:3]:
        case = f.act("review_vote", person["name"], case_id=case["id"], vote="approve")
    assert case["state"] == "published"
    [left] = f.anonymous("package_show", id=desk.id)["resources"]
    assert left["name"] == "zweite.csv"
    app.get(f"/dataset/{desk.id}/resource/{desk.file}/download/baeume.csv", status=404)
    assert app.get(f"/dataset/{desk.id}/resource/{left['id']}/download/zweite.csv").body == "nr\n1\n"


def test_strangers_find_nothing(app, desk):
    other = f.editor_of(f.unit())
    token = f.act("api_token_create", other["name"], user=other["name"], name="x")["token"]
    for address in ("fassung", "fassung/bearbeiten"):
        app.get(f"/dataset/{desk.name}/{address}", headers={"Authorization": token}, status=404)
        app.get(f"/dataset/{desk.name}/{address}", status=404)
    app.post(f"/dataset/{desk.name}/fassung/verwerfen", headers={"Authorization": token}, status=404)

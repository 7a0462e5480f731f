"""Coming in by password: who guesses waits, the session changes, and a form that another site sends does nothing."""

from __future__ import annotations

import re

import ckan.lib.redis as ckan_redis
import ckan.model as model
import pytest
import redis

from ckanext.datenplattform.access import logins
from tests import factories as f

# as in operation; other tests do without
REAL_SESSIONS = pytest.mark.ckan_config("SESSION_TYPE", "redis")
REAL_FORMS = pytest.mark.ckan_config("WTF_CSRF_ENABLED", True)
PASSWORD = "correct horse battery"
ADDRESSES = iter(f"192.0.2.{number}" for number in range(1, 255))


class Browser:
    """Somebody with cookies at an address of their own, as a browser sends them."""

    def __init__(self, app):
        self.client = app.flask_app.test_client()
        self.address = next(ADDRESSES)

    def get(self, path):
        return self.client.get(path, environ_base={"REMOTE_ADDR": self.address})

    def post(self, path, **form):
        return self.client.post(path, data=form, environ_base={"REMOTE_ADDR": self.address})

    def token(self, path="/user/login"):
        """The form's token against forgery."""
        found = re.search(r'name="_csrf_token"[^>]*(?:value|content)="([^"]+)"', self.get(path).text)
        return found[1] if found else ""

    def log_in(self, name, password=PASSWORD):
        return self.post("/user/login", login=name, password=password, _csrf_token=self.token())

    def session(self):
        cookie = self.client.get_cookie("ckan")
        return cookie.value if cookie else None

    def inside(self):
        return self.get("/dashboard/datasets").status_code == 200


@pytest.fixture(autouse=True)
def _nothing_counted(reset_redis):
    """What a run a few minutes ago counted for the same addresses is forgotten."""
    reset_redis("*:datenplattform:logins:*")


@pytest.fixture
def person(with_plugins, clean_db, clean_index):
    return f.user()


def test_who_guesses_waits_whatever_the_password(person, app):
    guesser, other = Browser(app), f.user()
    for _ in range(logins.MOST):
        answer = guesser.log_in(person["name"], "falsch")
        assert answer.status_code == 200
        assert not guesser.inside()
    # by the other name of the same account too, and with the right password
    for name in (person["name"], person["name"].upper(), f"{person['name']}@example.org"):
        answer = guesser.log_in(name)
        assert answer.status_code == 429 or name.isupper(), name
        assert not guesser.inside()
    assert "zu viele Versuche" in answer.text
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    # somebody else at the same place, and the same person elsewhere, come in
    assert guesser.log_in(other["name"]).status_code == 302
    elsewhere = Browser(app)
    assert elsewhere.log_in(person["name"]).status_code == 302
    assert elsewhere.inside()


def test_an_account_that_does_not_exist_answers_alike(person, app):
    guesser = Browser(app)
    for name in ("gibt-es-nicht", person["name"]):
        codes = [guesser.log_in(name, "falsch").status_code for _ in range(logins.MOST + 1)]
        assert codes == [200] * logins.MOST + [429], name


def test_one_account_from_many_places_and_many_accounts_from_one(person, app, monkeypatch):
    monkeypatch.setattr(logins, "MOST_FOR_ACCOUNT", 3)
    monkeypatch.setattr(logins, "MOST_FROM_ADDRESS", 3)
    codes = [Browser(app).log_in(person["name"], "falsch").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    guesser = Browser(app)
    assert [guesser.log_in(f"jemand{number}", "falsch").status_code for number in range(4)] == [200, 200, 200, 429]


def test_the_right_password_is_not_counted(person, app, monkeypatch):
    monkeypatch.setattr(logins, "MOST_FROM_ADDRESS", 3)
    place = next(ADDRESSES)
    for _ in range(6):
        browser = Browser(app)
        browser.address = place
        assert browser.log_in(person["name"]).status_code == 302
        assert browser.inside()


def test_without_redis_nobody_is_kept_out(person, monkeypatch, caplog):
    monkeypatch.setattr(ckan_redis, "_connection_pool", redis.ConnectionPool.from_url("redis://127.0.0.1:1/0"))
    assert [logins.too_many(person["id"], "192.0.2.255") for _ in range(logins.MOST + 5)] == [False] * (logins.MOST + 5)
    logins.succeeded(person["id"], "192.0.2.255")
    assert "not counted" in caplog.text


@REAL_SESSIONS
@REAL_FORMS
def test_the_session_changes_at_login_and_ends_at_logout(person, app):
    """Who was given a session by somebody else does not let them in by logging in."""
    browser, thief = Browser(app), Browser(app)
    browser.get("/user/login")
    before = browser.session()
    assert browser.log_in(person["name"]).status_code == 302
    during = browser.session()
    assert browser.inside()
    assert before != during
    for stolen, let_in in ((before, False), (during, True)):
        if stolen:
            thief.client.set_cookie("ckan", stolen)
            assert thief.inside() is let_in, stolen
    browser.post("/user/_logout", _csrf_token=browser.token("/dashboard/datasets"))
    assert not browser.inside()
    assert not thief.inside()


@REAL_FORMS
def test_a_form_of_another_site_does_nothing(app, with_plugins, clean_db, clean_index):
    unit = f.unit("amt")
    steward = f.editor_of(unit)
    package_id = f.dataset(unit, steward["name"], name="datensatz-des-amts")["id"]
    f.act("inventory_record_patch", id=package_id, personal_data="none", openness="open")
    member = f.board()[0]
    case = f.act("review_submit", steward["name"], package_id=package_id)
    for person, forms in (
        (steward, {"/dataset/datensatz-des-amts/zurueckziehen": {"reason": "x"}, "/datenraeume/neu": {"title": "x", "purpose": "x",
                   "owner_org": unit["id"]}, "/user/edit": {"fullname": "x"}, f"/user/{steward['name']}/api-tokens": {"name": "x"},
                   "/dataset/delete/datensatz-des-amts": {}}),
        (member, {f"/gremium/{case['id']}": {"vote": "approve"}, f"/gremium/{case['id']}/stimme": {"vote": "approve"}}),
    ):  # fmt: skip
        browser = Browser(app)
        assert browser.log_in(person["name"]).status_code == 302
        for path, form in forms.items():
            # a program that looked at the page with its key opens it for nobody else
            key = {"Authorization": f.act("api_token_create", user=person["name"], name="k")["token"]}
            app.flask_app.test_client().get(path, headers=key)
            for token in ({}, {"_csrf_token": "geraten"}):
                answer = browser.post(path, **form, **token)
                assert answer.status_code in (400, 403, 404, 405), (path, answer.status_code)
    model.Session.expire_all()
    shown = f.act("review_show", id=case["id"])
    assert (shown["state"], shown["votes"]) == ("in_review", [])
    assert f.act("dataspace_list") == []
    assert model.Package.get(package_id).state == "active"
    assert {item["name"] for item in f.act("api_token_list", user_id=steward["name"])} == {"k"}
    assert f.act("user_show", id=steward["name"])["fullname"] != "x"
    # the browser's own form works: nothing else refused it
    page = "/dataset/datensatz-des-amts/zurueckziehen"
    browser = Browser(app)
    browser.log_in(steward["name"])
    assert browser.post(page, reason="Fehler", _csrf_token=browser.token(page)).status_code == 302
    assert f.act("review_show", id=case["id"])["state"] == "withdrawn"

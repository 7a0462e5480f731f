"""How people and programs come in: logins, and keys with a scope. Wiring only; a part of the plugin `dp_access`."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.views import api
from flask import g, has_request_context

from ..core.validation import isodate, one_of, validators
from . import logins, tokens


class Tokens(p.SingletonPlugin):
    """To be inherited by the plugin."""

    p.implements(p.IApiToken, inherit=True)
    p.implements(p.IAuthenticator, inherit=True)
    p.implements(p.ISignal)

    # IApiToken
    def create_api_token_schema(self, schema: Any) -> Any:
        own = {
            "scope": [*validators("ignore_empty"), one_of(tokens.SCOPES)],
            "unit": validators("ignore_empty", "unicode_safe"),
            "until": [*validators("ignore_empty"), isodate],
        }
        return {**schema, **own, "__after": [*schema.get("__after", []), _scope_fits]}

    def postprocess_api_token(self, data: Any, jti: str, data_dict: Any) -> Any:
        tokens.keep(jti, tokens.checked(data_dict))
        return data

    def preprocess_api_token(self, data: Any) -> Any:
        return data if tokens.seen(data.get("jti") or "") else {}

    # IAuthenticator
    def login(self) -> Any:
        """Before CKAN looks at a password: who has tried too often waits."""
        name = tk.request.form.get("login", "") if tk.request.method == "POST" else ""
        if not name:
            return None
        g.datenplattform_login_counted = True
        return logins.refuse() if logins.too_many(logins.account_of(name), tk.request.remote_addr or "") else None

    # ISignal
    def get_signal_subscriptions(self) -> Any:
        return {tk.signals.user_logged_in: [_welcomed]}

    # IAuthenticator
    def identify(self) -> Any:
        """Before each request, after CKAN knows who asks: the one place where scopes are looked at."""
        if g.get("login_via_auth_header") and tk.request.blueprint != "api":
            # CKAN would from then on take this page's forms from everybody without their token against forgery
            g.login_via_auth_header = False
        scope = tokens.current()
        if scope is None:
            return None
        action = (tk.request.view_args or {}).get("logic_function")
        if tokens.refused(scope, tk.request.endpoint or "", tk.request.method, action, _given):
            return _forbidden()
        if scope.name == "harvest":
            # everybody's eyes, whoever the key belongs to
            g._login_user = model.AnonymousUser()
            g.user, g.userobj = "", None
        return None


def _welcomed(_sender: Any, user: Any = None, **_more: Any) -> None:
    """The password was right."""
    if user is not None and has_request_context() and getattr(g, "datenplattform_login_counted", False):
        logins.succeeded(user.id, tk.request.remote_addr or "")


def _given() -> Any:
    """What the action will be given: read as CKAN's own view reads it."""
    try:
        return api._get_request_data()
    except ValueError:
        return None


def _forbidden() -> Any:
    text = tk._("This key does not allow that. Nothing was changed.")
    if tk.request.endpoint == "api.action":
        error = {"__type": "Authorization Error", "message": text}
        return api._finish(403, {"success": False, "error": error}, content_type="json")
    return tk.abort(403, text)


def _scope_fits(key: Any, data: Any, errors: Any, context: Any) -> None:
    given = {name: data.get((name,)) for name in ("scope", "unit", "until")}
    if any(errors.get((name,)) for name in given):
        return
    try:
        tokens.checked({name: value for name, value in given.items() if value is not tk.missing})
    except tk.ValidationError as error:
        for name, texts in error.error_dict.items():
            errors.setdefault((name,), []).extend(texts)

"""The people in every test: ada owns Acme, bob only looks, sam and eve sell there; mallory owns Globex."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.auth.context import Door, entering
from core.auth.keys import hash_token, make_key
from core.auth.models import ApiToken, User
from core.auth.sessions.models import SignInSession
from core.auth.sessions.present import hash_of_token
from core.current import Cause, TenantContext
from core.host.enablement import switch_module
from tenants.provisioning import NewTenant, add_member, make_tenant

PASSWORD = "correct horse battery staple"


@dataclass
class Person:
    """Someone in a workspace, with a browser of their own and a token for the API."""

    app: Flask
    name: str
    email: str
    user_id: UUID
    tenant_id: UUID
    member_id: UUID
    slug: str
    client: FlaskClient = field(init=False)
    _token: str = ""

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        sign_in_here(self.user_id, self.tenant_id)
        with self.client.session_transaction() as session:
            session["sign_in"] = f"signed-in-{self.user_id}"
            session["proved_at"] = current.now().timestamp()

    def get(self, url: str, **options: Any) -> Any:
        return self.client.get(self.within(url), **options)

    def post(self, url: str, data: Any = None, **options: Any) -> Any:
        return self.client.post(self.within(url), data=data, **options)

    def within(self, url: str) -> str:
        """An address in this person's workspace unless it is a whole one."""
        return url if url.startswith("/") else f"/w/{self.slug}/{url}"

    @contextmanager
    def inside(self, kind: str = "member") -> Iterator[TenantContext]:
        """A unit of work as this person; committed at the end."""
        with entering(Door(self.tenant_id, self.member_id, cause=Cause(kind))) as context:
            yield context

    def api(self, method: str, path: str, json: Any = None, **options: Any) -> Any:
        """Call the API with a token of this person: `ada.api("GET", "customers")`."""
        headers = {"Authorization": f"Bearer {self.token()}"} | options.pop("headers", {})
        url = path if path.startswith("/") else f"/api/v1/{path}"
        client = self.app.test_client()
        return client.open(url, method=method, json=json, headers=headers, **options)

    def token(self, *, scopes: tuple[str, ...] = ("*",), **more: Any) -> str:
        if self._token and scopes == ("*",) and not more:
            return self._token
        token = make_key()
        with self.inside():
            values = {"member_id": self.member_id, "name": "test", "hint": token[-4:], "scopes": list(scopes)}
            db.session().add(ApiToken(token_hash=hash_token(token), **(values | more)))
        if scopes == ("*",) and not more:
            self._token = token
        return token

    def switch(self, module: str, *, on: bool = True) -> None:
        with self.inside():
            switch_module(module, on=on)


def sign_in_here(user_id: UUID, tenant_id: UUID) -> None:
    """A session that lasts, of a browser that has been in the workspace before."""
    now = current.now()
    values = {
        "id": db.new_id(), "user_id": user_id, "token_hash": hash_of_token(f"signed-in-{user_id}"), "how": "password",
        "stamp": f"uniquifier-{user_id}", "remembered": True, "ip": "127.0.0.1", "agent": "", "made_at": now,
        "last_seen_at": now, "expires_at": now + timedelta(days=36500), "entered": {str(tenant_id): now.isoformat()},
    }  # fmt: skip
    made = insert(SignInSession).values(values)
    again = {"entered": SignInSession.entered.op("||")(made.excluded.entered)}
    with db.role_session("auth") as session:
        session.execute(made.on_conflict_do_update(index_elements=["token_hash"], set_=again))


@cache
def hashed_password() -> str:
    """Hashed once for the whole run: it takes its time on purpose."""
    return str(hash_password(PASSWORD))


def make_user(name: str, email: str) -> UUID:
    user_id = db.new_id()
    with db.role_session("auth") as session:
        session.execute(
            insert(User).values(
                id=user_id, email=email, name=name, password=hashed_password(), confirmed_at=current.now(),
                active=True, fs_uniquifier=f"uniquifier-{user_id}",
            )
        )  # fmt: skip
    return user_id


def found_company(app: Flask, name: str, email: str, slug: str, company: str, **more: Any) -> Person:
    """A company with its owner."""
    user_id, tenant_id = make_user(name, email), db.new_id()
    member_id = make_tenant(NewTenant(tenant_id, slug, company, user_id, name, email, **more))
    return Person(app, name, email, user_id, tenant_id, member_id, slug)


def hire(boss: Person, name: str, email: str, role: str) -> Person:
    """Someone who works at the boss's company."""
    user_id = make_user(name, email)
    with boss.inside():
        member_id = add_member(user_id, name, email, role).id
    return Person(boss.app, name, email, user_id, boss.tenant_id, member_id, boss.slug)

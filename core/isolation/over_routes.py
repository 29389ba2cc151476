"""One canary against the other over every route of the application, signed in and by a token of its own.

The requests go through the whole application, in this process, as if they came from an address of nobody's.
"""

import contextvars
import hashlib
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import text
from werkzeug.routing import BuildError, Rule

from core import current, db
from core.auth.sessions.present import KEY
from core.db import new_id
from core.isolation.addresses import Place, places
from core.isolation.canaries import Canary
from core.isolation.planting import Planted
from core.isolation.tables import TenantTable
from core.isolation.tally import Tally
from core.settings import settings

log = structlog.get_logger()

NOBODYS = "192.0.2.1"
"""An address that documentation may use and no machine has."""
SAFE = ("GET",)
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
LEAVES = frozenset({"auth.sign_out"})
WORDS = {
    "name": "canary", "key": "name", "action": "claim", "format": "csv", "status": "404", "workspace": "canary--nobody",
    **dict.fromkeys(("mail_id", "kind", "version", "path", "token"), "x"),
}  # fmt: skip
"""What stands in the places of an address that are no ids."""


@dataclass
class Walk:
    app: Flask
    tally: Tally
    me: Canary
    prey: Canary
    tables: Sequence[TenantTable]
    ids: Mapping[str, UUID]
    session_token: str
    api_token: str
    types: Collection[str] = ()
    """The record types to ask for where an address is of any type; all, when none is named."""

    def __post_init__(self) -> None:
        self.base = settings().base_url
        self.browser = self.app.test_client()
        self.stranger = self.app.test_client()
        raw = hashlib.sha256(self.session_token.encode()).hexdigest()
        with self.browser.session_transaction(base_url=self.base) as session:
            session[KEY] = self.session_token
            session["csrf_token"] = raw
            session["proved_at"] = current.now().timestamp()
        signer = URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token")
        self.headers = {"X-CSRFToken": str(signer.dumps(raw)), "Referer": self.base + "/", "Origin": self.base}
        self.before, self.written = self.look_of_prey(), last_written()

    def go(self, blueprint: str | None = None) -> None:
        """Try every route there is, or those of one blueprint, in another order every time: if there is no time for
        all of them, it is not always the same ones that are left out."""
        rules = list(self.app.url_map.iter_rules())
        random.shuffle(rules)
        for rule in rules:
            if blueprint is not None and not rule.endpoint.startswith(f"{blueprint}."):
                continue
            methods = [m for m in (*SAFE, *UNSAFE) if m in (rule.methods or ()) and rule.endpoint not in LEAVES]
            for method in methods:
                if self.tally.is_over:
                    self.tally.left_out += 1
                else:
                    self.try_route(rule, method)

    def try_route(self, rule: Rule, method: str) -> None:
        module = getattr(self.app.blueprints.get(rule.endpoint.rpartition(".")[0]), "module", None)
        try:
            found = list(places(rule, module, self.ids, WORDS, self.types))
        except KeyError:
            found = []
        for number, place in enumerate(found):
            if rule.rule.startswith("/w/"):
                if number == 0:  # at the door of another's workspace it makes no difference what one asks for
                    self.ask("page", rule, method, place, slug=self.prey.slug)
                if place.ids or method in SAFE:
                    self.ask("page", rule, method, place, slug=self.me.slug)
            elif rule.rule.startswith("/p/"):
                self.ask("public", rule, method, place, public_id=self.me.public_id, client=self.stranger)
                self.ask("public", rule, method, place, public_id="x" + self.prey.public_id[1:], client=self.stranger)
            elif rule.rule.startswith("/api/"):
                if place.ids or method in SAFE:
                    self.ask("call", rule, method, place)
            elif method in SAFE:
                self.ask("page", rule, method, place)

    def ask(self, kind: str, rule: Rule, method: str, place: Place, *, client: FlaskClient | None = None,
            **where: str) -> None:  # fmt: skip
        try:
            path = self.app.url_map.bind("localhost").build(rule.endpoint, {**place.arguments, **where}, method)
        except BuildError:
            return
        asked: dict[str, Any] = {"environ_overrides": {"REMOTE_ADDR": NOBODYS}, "base_url": self.base}
        if kind == "call":
            asked |= {"headers": {"Authorization": f"Bearer {self.api_token}"}}
            asked |= {"json": {}} if method in UNSAFE else {}
        else:
            by_script = method in UNSAFE or where.get("slug") == self.prey.slug
            asked |= {"headers": self.headers | ({"HX-Request": "true"} if by_script else {})}
        if method in SAFE and kind == "page" and not place.ids:
            asked["query_string"] = {"q": self.prey.mark[:-4]}
        try:
            answer = (client or self.browser).open(path, method=method, **asked)
        except Exception as error:  # an application under test raises what would be a 500
            log.warning("isolation_stumbled", route=rule.rule, method=method, error=type(error).__name__)
            self.tally.refused(kind)
            return
        self.judge(kind, f"{method} {rule.rule}", answer, place, where)

    def judge(self, kind: str, where: str, answer: Any, place: Place, into: Mapping[str, str]) -> None:
        body = answer.get_data()
        answer.close()
        foreign = into.get("slug") == self.prey.slug
        if answer.status_code == 429:
            self.tally.left_out += 1
        elif self.prey.mark.encode() in body:
            self.tally.through(kind, where, "another workspace's words in the answer")
        elif (place.ids or foreign) and where.startswith("GET") and answer.status_code < 300:
            self.tally.through(kind, where, f"answered with {answer.status_code}")
        elif not where.startswith("GET") and (changed := self.changed()):
            self.tally.through(kind, where, "changed " + ", ".join(changed))
        else:
            self.tally.refused(kind)

    def changed(self) -> list[str]:
        """The other's tables that are not as they were. While nobody at all writes, it need not be looked for."""
        written = last_written()
        if written == self.written:
            return []
        now = self.look_of_prey()
        changed = sorted(name for name in now if now[name] != self.before.get(name))
        self.before, self.written = now, written
        return changed

    def look_of_prey(self) -> dict[str, tuple[int, int]]:
        """How many rows the other has in each table, and a number that changes with any of them."""
        return look_of(self.prey, self.tables)


def last_written() -> int:
    """A number that grows with every transaction that writes anything, of anybody."""
    with db.engine("app").connect() as connection:
        return int(connection.scalar(text("select pg_snapshot_xmax(pg_current_snapshot())::text")) or 0)


def look_of(canary: Canary, tables: Sequence[TenantTable]) -> dict[str, tuple[int, int]]:
    counts = " union all ".join(
        f"select '{t.name}' as name, count(*) as rows, coalesce(sum(hashtext(x::text)), 0)::bigint as look"  # noqa: S608
        f' from guanxi."{t.name}" x where tenant_id = :tenant'
        for t in tables
    )
    with db.unit_of_work(canary.context) as session:
        found = session.execute(text(counts), {"tenant": canary.tenant_id})
        return {row.name: (row.rows, row.look) for row in found}


def ids_of(prey: Canary, planted: Planted) -> dict[str, UUID]:
    """An id of the other's for each table; for what it has none of, one that nobody has."""
    ids = {name: row["id"] for name, row in planted.items() if "id" in row}
    nobodys = {name: new_id() for name in ("user_identity", "user_passkey", "sign_in_session", "job", "own_record")}
    return nobodys | ids | {"tenant": prey.tenant_id}


def walk(app: Flask, tally: Tally, me: Canary, prey: Canary, tables: Sequence[TenantTable], planted: Planted,
         tokens: tuple[str, str]) -> None:  # fmt: skip
    """Try every route, apart from whatever workspace this process is in."""

    def go() -> None:
        Walk(app, tally, me, prey, tables, ids_of(prey, planted), *tokens).go()

    contextvars.Context().run(go)

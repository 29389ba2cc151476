"""A stranger at a web form, and the form: what the tests of forms have in common."""

import base64
import json
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import altcha
import pytest
from sqlalchemy import select

from core import db
from core.testing.cast import Person
from plugins.leads.models import Lead, LeadForm, Touch
from plugins.leads.services.forms import proving

FILLED = {"name": "Li Lei", "phone": "138 0013 8000", "need": "A hundred chairs"}
ASKS = [{"fields": [{"key": "name"}, {"key": "phone"}, {"key": "email"}, {"key": "need"}]}]


@dataclass
class Visitor:
    """A browser of a stranger. `send` does what the scripts of the page do, unless they do not run."""

    client: Any
    clock: Any
    path: str
    hidden: dict[str, str] = field(default_factory=dict)
    sender: str = "203.0.113.7"

    def look(self, query: str = "", **headers: str) -> Any:
        page = self.client.get(self.path + query, headers=headers, environ_base=self.place)
        return self.read(page)

    def read(self, page: Any) -> Any:
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        self.hidden = {name: unescape(value) for name, value in found}
        return page

    @property
    def place(self) -> dict[str, str]:
        return {"REMOTE_ADDR": self.sender}

    def proof(self) -> str:
        answer = self.client.get(f"{self.path}/challenge?begun", environ_base=self.place).json
        challenge = altcha.Challenge.from_dict(answer)
        solution = altcha.solve_challenge(challenge)
        return base64.b64encode(json.dumps({"challenge": answer, "solution": solution.to_dict()}).encode()).decode()

    def post(self, typed: Any, **headers: str) -> Any:
        return self.read(self.client.post(self.path, data=typed, headers=headers, environ_base=self.place))

    def send(self, *, scripts: bool = True, **typed: Any) -> Any:
        """Open the form if that was not done, take one's time, send it."""
        if not self.hidden:
            self.look()
        self.clock.move(seconds=5)
        return self.post(self.hidden | typed | ({"gx_proof": self.proof()} if scripts else {}))


@pytest.fixture
def quick_proofs(monkeypatch):
    """As a browser calculates, but not for so long: the browser's own test takes the real time."""
    monkeypatch.setattr(proving, "ROUNDS", 1)
    monkeypatch.setattr(proving, "TRIES", (1, 3))


def make_form(person: Person, **parts: Any) -> str:
    """The id of a form with these parts."""
    made = person.api("POST", "lead-forms", {"title": "Get a quote", "steps": ASKS} | parts)
    assert made.status_code == 201, made.json
    return str(made.json["data"]["id"])


@pytest.fixture
def form(ada) -> str:
    return make_form(ada)


def path_of(person: Person, form_id: str) -> str:
    with person.inside() as context:
        return f"/p/{context.public_id}/leads/forms/{form_id}"


@pytest.fixture
def at_form(app, ada, clock, quick_proofs):
    """`at_form(form_id)` is a stranger before that form."""

    def at_form(form_id: str, **more: Any) -> Visitor:
        return Visitor(app.test_client(), clock, path_of(ada, form_id), **more)

    return at_form


@pytest.fixture
def stranger(at_form, form) -> Visitor:
    return at_form(form)


def leads_of(person: Person) -> list[Lead]:
    with person.inside():
        return list(db.session().scalars(select(Lead).order_by(Lead.id)))


def touches_of(person: Person) -> list[Touch]:
    with person.inside():
        return list(db.session().scalars(select(Touch).order_by(Touch.id)))


def kept(person: Person, form_id: str) -> LeadForm:
    with person.inside():
        found = db.get(LeadForm, form_id)
        assert found is not None
        return found


def errors_in(page: Any) -> dict[str, str]:
    found = re.findall(r'id="f-([\w-]+)-error">(.*?)</p>', page.text, re.S)
    return {key: unescape(re.sub(r"<[^>]+>", "", text)).strip() for key, text in found}

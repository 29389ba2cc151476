"""Another SECRET_KEY: everything sealed is sealed anew, and the former key may be forgotten."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from core import db, doctor, rotating, sealing
from core.auth.providers.models import CompanyProvider
from core.auth.second_factor.models import CodeApp
from core.customers.types import CUSTOMER
from core.records.custom import add_custom_field
from core.records.query import Listing
from core.records.schemas import from_json
from core.records.services import create_record
from core.settings import settings

NUMBER = "11010519491231002X"
FERNET = re.compile(r"gAAAA[\w=-]{60,}")


@pytest.fixture
def filled(ada, monkeypatch):
    """Every kind of sealed value there is, sealed under the former key."""
    with ada.inside():
        add_custom_field("customer", label="Password", key="password", type="secret", taken=())
        add_custom_field("customer", label="Identity card", key="card", type="identity", taken=())
        for name in ("Fabrikam", "Northwind"):
            create_record(CUSTOMER, from_json(CUSTOMER, {"name": name, "password": f"of {name}", "card": NUMBER}))
        secret = sealing.seal("the provider's")
        db.session().add(CompanyProvider(label="Company", issuer="https://id.example", client_id="x", secret=secret))
    with db.role_session("auth") as session:
        session.add(CodeApp(user_id=ada.user_id, secret=sealing.seal("of the app", ada.user_id), last_step=0))


@pytest.fixture
def told(app, monkeypatch):
    """Another key from now on; `told(forget=True)` no longer knows the former."""
    old = settings()

    def tell(*, forget=False):
        fallbacks = () if forget else (old.secret_key,)
        new = replace(old, secret_key="another key, long and random", secret_key_fallbacks=fallbacks)
        monkeypatch.setattr(sealing, "settings", lambda: new)

    return tell


def sealed_in(admin):
    """Every sealed value in the database."""
    with admin.connect() as connection:
        tables = connection.execute(text("select tablename from pg_tables where schemaname = 'guanxi'")).scalars().all()
        rows = (connection.execute(text(f'select concat(t::text) from guanxi."{name}" t')).scalars() for name in tables)
        return {token for each in rows for row in each for token in FERNET.findall(row)}


def passwords_of(person):
    with person.inside():
        return {r.name: CUSTOMER.field("password").get(r).open() for r in Listing(CUSTOMER).page().records}


def test_everything_sealed_is_sealed_anew_and_the_old_key_is_no_longer_needed(ada, filled, told, admin, monkeypatch):
    before = sealed_in(admin)
    with ada.inside():
        versions = {r.id: r.version for r in Listing(CUSTOMER).page().records}
    monkeypatch.setattr(rotating, "BATCH", 1)
    told()
    answer = CliRunner().invoke(rotating.command)
    told(forget=True)

    assert answer.output == "6 values were sealed anew under the present key.\n"
    assert len(before) == len(sealed_in(admin)) == 6 and not before & sealed_in(admin)
    assert passwords_of(ada) == {"Fabrikam": "of Fabrikam", "Northwind": "of Northwind"}
    with ada.inside():
        found = Listing(CUSTOMER, {"field": "card", "op": "is", "value": NUMBER}).page().records
        assert {r.name for r in found} == {"Fabrikam", "Northwind"}
        assert {r.id: r.version for r in found} == versions
        assert sealing.unseal(db.session().scalars(select(CompanyProvider.secret)).one()) == "the provider's"
    with db.role_session("auth") as session:
        assert sealing.unseal(session.scalars(select(CodeApp.secret)).one(), ada.user_id) == "of the app"


def test_what_is_new_already_is_left_alone_so_that_it_can_be_begun_again(ada, filled, told, admin):
    told()
    rotating.rotate()
    once = sealed_in(admin)

    assert rotating.rotate() == rotating.Done(renewed=0, lost=0)
    assert sealed_in(admin) == once


def test_doctor_tells_while_a_former_key_is_accepted(told, monkeypatch):
    told()
    monkeypatch.setattr(doctor, "settings", sealing.settings)
    assert [check.state for check in doctor._secret_key()] == ["warn"]
    told(forget=True)
    monkeypatch.setattr(doctor, "settings", sealing.settings)
    assert [check.state for check in doctor._secret_key()] == ["ok"]


def test_what_no_key_opens_is_told_and_kept(ada, filled, told, admin):
    before = sealed_in(admin)
    told(forget=True)
    answer = CliRunner().invoke(rotating.command)

    assert answer.exit_code == 1 and "6 values are opened by none" in answer.output
    assert sealed_in(admin) == before

"""What the operator does at the machine: making and listing tenants, tokens, the console, the mailbox."""

import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from core.auth.command import token
from core.auth.models import User
from core.db import role_session
from core.settings import settings
from core.testing.cast import PASSWORD
from tenants.across import across_tenants
from tenants.command import tenant


def run(command, *arguments):
    return CliRunner().invoke(command, arguments)


def test_a_tenant_is_made_and_its_owner_chooses_a_password_by_the_printed_link(app):
    done = run(tenant, "create", "--slug", "initech", "--name", "Initech", "--owner", "Bill@Initech.example")
    assert done.exit_code == 0 and "/w/initech/" in done.output
    link = re.search(r"/reset-password/\S+", done.output)[0]
    browser = app.test_client()
    assert browser.post(link, data={"password": PASSWORD}).status_code == 303
    assert browser.get("/").location == "/w/initech/" and browser.get("/w/initech/members/").status_code == 200


def test_an_owner_who_is_known_signs_in_as_before(ada):
    done = run(tenant, "create", "--slug", "acme-labs", "--name", "Acme Labs", "--owner", ada.email, "--plan", "team")
    assert done.exit_code == 0 and "/reset-password/" not in done.output and "/sign-in" in done.output
    assert ada.get("/w/acme-labs/settings/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"--slug": "acme"}, {"--slug": "Ac me"}, {"--slug": "../x"}, {"--slug": "-x"}, {"--owner": "nobody"}],
)  # fmt: skip
def test_a_tenant_that_cannot_be_is_refused_with_a_reason(ada, wrong):
    given = {"--slug": "initech", "--name": "Initech", "--owner": "bill@initech.example"} | wrong
    done = run(tenant, "create", *(part for pair in given.items() for part in pair))
    assert done.exit_code != 0 and "Traceback" not in done.output and done.output
    with role_session("auth") as session:
        assert session.query(User).count() == 1


def test_all_tenants_are_listed_with_their_numbers(ada, bob, mallory, caplog):
    lines = run(tenant, "list").output.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["globex", "acme"]
    assert re.search(r"acme\s+Acme\s+free\s+2\s+0\s+0", lines[2])


def test_a_token_is_made_at_the_machine_and_works(ada, app):
    done = run(
        token, "create", "--tenant", "acme", "--member", "Ada@example.com", "--scope", "read", "--expires-days", "3"
    )
    assert done.exit_code == 0
    headers = {"Authorization": f"Bearer {done.output.strip()}"}
    assert app.test_client().get("/api/v1/customers", headers=headers).status_code == 200


def test_the_commands_say_what_they_were_asked_for_and_nothing_else(ada):
    token_of = ("token", "create", "--tenant", "acme", "--member", ada.email)
    made, listed = (
        subprocess.run([sys.executable, "-m", "core.cli", *command], capture_output=True, text=True, check=True).stdout
        for command in (token_of, ("tenant", "list"))
    )
    assert re.fullmatch(r"gx_\S{49}\n", made)
    assert [line.split()[0] for line in listed.splitlines()] == ["SLUG", "acme"]


@pytest.mark.parametrize(
    "wrong",
    [{"--tenant": "nowhere"}, {"--member": "nobody@example.com"}, {"--scope": "everything"}, {"--expires-days": "0"}],
)
def test_a_token_that_cannot_be_is_refused_with_a_reason(ada, wrong):
    given = {"--tenant": "acme", "--member": ada.email} | wrong
    done = run(token, "create", *(part for pair in given.items() for part in pair))
    assert done.exit_code != 0 and "Traceback" not in done.output and "gx_" not in done.output


def test_the_console_shows_all_tenants_to_the_machine_itself_only(app, ada, mallory):
    browser = app.test_client()
    page = browser.get("/operator/")
    assert page.status_code == 200 and "Acme" in page.text and "Globex" in page.text
    for elsewhere in (
        {"environ_base": {"REMOTE_ADDR": "203.0.113.5"}},
        {"headers": {"X-Forwarded-For": "203.0.113.5"}},
        {"headers": {"Forwarded": "for=203.0.113.5"}},
    ):
        for path in ("/operator/", "/operator/mailbox"):
            page = browser.get(path, **elsewhere)
            assert page.status_code == 403 and "Acme" not in page.text


def test_looking_across_tenants_only_reads(ada):
    with pytest.raises(Exception, match="permission denied"), across_tenants("test") as session:
        session.execute(User.__table__.update().values(name="x"))


def test_mails_without_a_mail_server_lie_in_the_mailbox(app, run_jobs, tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    settings.cache_clear()
    browser = app.test_client()
    page = browser.post("/sign-up", data={"name": "<b>Grace</b>", "company": "Flow", "email": "grace@example.com",
                        "password": PASSWORD, "locale": "en", "timezone": "UTC", "currency": "USD"})  # fmt: skip
    assert "/operator/mailbox" in page.text
    run_jobs()
    listing = browser.get("/operator/mailbox").text
    mail = re.search(r'href="(/operator/mailbox/[^"]+)"', listing)[1]
    shown = browser.get(mail).text
    assert "grace@example.com" in shown and f'src="{mail}/page"' in shown and "sandbox=" in shown
    page = browser.get(f"{mail}/page")
    assert "sandbox" in page.headers["Content-Security-Policy"] and "&lt;b&gt;Grace" in page.text
    link = re.search(r'href="[^"]*(/confirm/[^"]+)"', page.text)[1]
    assert browser.get(link).location == "/w/flow/"
    assert browser.get("/operator/mailbox/../../etc/passwd").status_code == 404
    settings.cache_clear()


def test_the_front_door_leads_to_signing_up_and_in(app):
    page = app.test_client().get("/")
    assert page.status_code == 200 and 'href="/sign-up"' in page.text and 'href="/sign-in"' in page.text


def test_the_operators_pages_answer_to_no_other_name(app):
    browser = app.test_client()
    assert browser.get("/operator/mailbox").status_code == 200
    for name in ("evil.example", "localhost.evil.example", "evil.example:8000"):
        assert browser.get("/operator/mailbox", headers={"Host": name}).status_code in (400, 403), name

"""The page about OWASP ASVS is complete and names tests that there are; what it says without a test of its own holds."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from core import db
from core.api import limits as api_limits
from core.api import reading
from core.auth import fresh, limits, links, passwords, throttling
from core.auth.links import LinkForged
from core.auth.providers import oidc
from core.auth.second_factor import recovery
from core.auth.sessions import keeping, present
from core.files import MAX_FILE
from core.records.imports import services as imports
from core.sniffing import MOST_PIXELS
from core.tabular import unpacking
from core.testing.cast import hashed_password

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/asvs.md").read_text()
SECURITY = (ROOT / "docs/security.md").read_text()
ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| (\d) \| ([^|]*) \| (.+) \|$", re.M)
TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
SOURCES = [p for folder in ("core", "tenants", "plugins") for p in sorted((ROOT / folder).rglob("*.py"))
           if not {"tests", "testing"} & set(p.parts)]  # fmt: skip
TEMPLATES = [p for folder in ("core", "tenants", "plugins") for p in sorted((ROOT / folder).rglob("*.html"))]


def required() -> dict[str, int]:
    """The requirements of levels 1 and 2, with their level."""
    lines = (Path(__file__).parent / "asvs.txt").read_text().splitlines()
    sections = (line.split() for line in lines if line.startswith("V"))
    return {f"{name}.{n}": int(level) for name, levels in sections for n, level in enumerate(levels, 1) if level < "3"}


def tests_there_are() -> set[tuple[str, str]]:
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "plugins").rglob("test_*.py")]
    return {(file.name, name) for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.M)}


# --- the page --------------------------------------------------------------------------------------------


def test_every_requirement_of_levels_1_and_2_is_there_once():
    told = [(number, int(level)) for number, level, _status, _how in ROW.findall(PAGE)]

    assert Counter(level for _number, level in required().items()) == {1: 70, 2: 183}
    assert told == list(required().items())


def test_each_is_met_by_a_test_that_there_is_or_says_why_not():
    known = tests_there_are()
    for number, _level, status, how in ROW.findall(PAGE):
        named = TEST.findall(how)
        assert status in ("met", "not met", "not applicable"), f"{number}: {status!r}"
        assert named if status == "met" else len(TEST.sub("", how).strip(" .")) > 6, number
        for test in named:
            assert test in known, f"{number}: there is no {'::'.join(test)}"


# --- what the page of security says ----------------------------------------------------------------------


def test_the_figures_on_the_security_page_are_those_of_the_code():
    said = {
        f"{throttling.FREE} wrong passwords are free": throttling.FREE == 5,
        "to 15 minutes": throttling.LONGEST == 15 * 60,
        f"after {throttling.LOCK_AFTER} wrong ones": True,
        f"{limits.OPEN.partition('/')[0]} requests a minute": limits.OPEN.endswith("/minute"),
        f"{api_limits.PER_TOKEN:,} a minute": True,
        f"a workspace {api_limits.PER_TENANT:,}": True,
        f"after {keeping.LONGEST.days} days": True,
        "one day without use": present.UNUSED.days == 1,
        f"more than {fresh.MINUTES} minutes ago": True,
        "1 MB from a browser that never signed in": limits.LARGEST_OF_STRANGERS == 1024**2,
        f"{reading.MAX_BODY // 1024**2} MB of JSON": True,
        "stopped after 30 seconds, a wait for a lock after 10": db.FOR_A_PAGE["statement_timeout"] == "30s"
        and db.FOR_A_PAGE["lock_timeout"] == "10s",
        f"{MAX_FILE // 1024**2} MB each": True,
        f"{MOST_PIXELS // 10**6} million pixels": True,
        f"{imports.LARGEST // 1024**2} MB; what a workbook unpacks to": True,
        "at most 2 GB": unpacking.MOST_MEMORY == 2 * 1024**3,
        f"at least {passwords.MIN} characters": True,
        "never `none` or a shared secret": not any(each.startswith(("HS", "none")) for each in oidc.ALGORITHMS),
    }
    for words, holds in said.items():
        assert holds and words in SECURITY, words


WAYS = {"password": "| password |", "passkey": "| passkey |", "provider": "| account elsewhere", "link": "| links in mails",
        "probe": "Nothing else opens a door"}  # fmt: skip
"""How a session can have begun, as the code says it; the probe of isolation signs in nobody but its own canary."""


def test_every_way_in_is_on_the_security_page():
    code = "\n".join(path.read_text() for path in SOURCES)
    used = {"password"}.union(*map(ways_begun_in, SOURCES))

    assert {"password", "passkey", "provider", "link"} <= used <= set(WAYS)
    assert all(WAYS[way] in SECURITY for way in used)
    assert "| API token, OAuth app |" in SECURITY
    assert not re.search(r"secret_question|security_question|password_hint|sms_code", code)


def ways_begun_in(path):
    for node in ast.walk(ast.parse(path.read_text())):
        called = getattr(node, "func", None)
        if getattr(called, "id", getattr(called, "attr", "")) in ("enter", "after_first", "begin", "SignInSession"):
            yield from (each.value.value for each in node.keywords
                        if each.arg == "how" and isinstance(each.value, ast.Constant))  # fmt: skip


def test_passwords_are_typed_unseen_and_may_be_pasted():
    found = 0
    for path in TEMPLATES:
        for control in re.findall(r"""ui\.field\("(?:password|present)".*?\) }}""", path.read_text(), re.S):
            if 'type="email"' in control:
                continue
            found += 1
            assert 'type="password"' in control and "autocomplete=" in control, f"{path.name}: {control}"
    scripts = "\n".join(p.read_text() for p in sorted((ROOT / "core/web/static/js").glob("*.js")))

    assert found >= 5
    assert "paste" not in "".join(re.findall(r"password.{0,200}", scripts))


# --- cryptography ----------------------------------------------------------------------------------------


def names_in(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.attr


NOT_SECRET = {"tenants/demo.py", "plugins/leads/services/demo.py", "core/isolation/over_routes.py"}
"""Names for a demonstration, and in which order a probe asks for routes: whoever guesses these gains nothing."""


def test_what_must_not_be_guessed_comes_from_the_systems_generator():
    for path in SOURCES:
        if path.relative_to(ROOT).as_posix() not in NOT_SECRET:
            assert "random" not in set(names_in(path)), path.relative_to(ROOT)


PRESCRIBED = {"plugins/leads/services/channels/webhooks/proving.py": {"hashlib.sha1"}}
"""What a platform signs its own deliveries with: we can only check it, by a secret that stands inside."""


def test_no_hash_or_generator_that_is_broken_is_used():
    for path in SOURCES:
        broken = {name for name in names_in(path) if re.search(r"(^|\.)(md5|sha1|MD5|SHA1|DES|ARC4|ECB)$", name)}
        assert broken == PRESCRIBED.get(path.relative_to(ROOT).as_posix(), set()), f"{path.relative_to(ROOT)}: {broken}"


def test_recovery_codes_have_enough_to_guess():
    assert len(set(recovery.LETTERS)) ** 12 > 2**55


def test_passwords_are_hashed_by_argon2id(app):
    with app.app_context():
        assert hashed_password().startswith("$argon2id$")


def test_a_link_of_one_kind_is_none_of_another(app):
    for kind in links.GOOD_FOR:
        token = links.sign(kind, "ada")
        assert links.read(kind, token) == "ada"
        for other in links.GOOD_FOR.keys() - {kind}:
            with pytest.raises(LinkForged):
                links.read(other, token)

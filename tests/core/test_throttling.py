"""Wrong passwords, many of them: what is counted, for whom, and how the owner gets in all the same."""

import pytest
import time_machine
from redis import ConnectionError as NotThere
from sqlalchemy import select

from core import current, db, jobs
from core.auth import throttling
from core.auth.sessions.trying import network_of, tries_at
from core.auth.throttling import LOCK_AFTER, LONGEST, TooMany, Tries, attempt, give_back, is_due, passed
from core.events import EventRow
from core.testing.cast import PASSWORD


def sign_in(browser, password=PASSWORD, email="ada@example.com", **options):
    return browser.post("/sign-in", data={"email": email, "password": password}, **options)


def guess(app, number, email="ada@example.com"):
    """Somebody else's wrong password, each from an address of its own."""
    where = {"REMOTE_ADDR": f"198.51.{number // 250}.{number % 250 + 1}"}
    return sign_in(app.test_client(), f"guess {number}", email, environ_overrides=where)


def wear_out(email, many=LOCK_AFTER - 1):
    """So many wrong passwords of others, without the work that judging each of them is."""
    for _number in range(many):
        attempt(tries_at(email))
        jobs.redis().hset(tries_at(email).key, "till", "0")


@pytest.fixture
def still():
    """Time that does not go on by itself: judging a password may take longer than one has to wait."""
    with time_machine.travel(current.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture(params=["valkey", "memory"])
def store(app, request, monkeypatch):
    """Counted by Valkey, and by the process alone while Valkey is away."""
    if request.param == "memory":
        monkeypatch.setattr(throttling, "_memory", throttling._Memory())

        def away():
            raise NotThere

        monkeypatch.setattr(jobs, "redis", away)
    return request.param


def refused(tries):
    with pytest.raises(TooMany) as many:
        attempt(tries)
    return many.value.seconds


def test_five_tries_are_free_and_then_each_waits_twice_as_long_up_to_a_quarter_of_an_hour(store, clock):
    tries, asked = Tries("test", "ada"), []
    for number in range(1, 18):
        assert attempt(tries) == [number]
        if number >= 5:
            asked.append(refused(tries))
            clock.move(seconds=asked[-1])
    assert asked == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, LONGEST, LONGEST, LONGEST]


def test_who_comes_too_early_is_not_counted_and_waits_no_longer_for_it(store, clock):
    tries = Tries("test", "ada")
    for _number in range(5):
        attempt(tries)
    assert {refused(tries) for _number in range(50)} == {1}
    clock.move(seconds=1.1)
    assert attempt(tries) == [6]


def test_what_was_right_forgets_and_what_many_share_counts_only_the_wrong_ones(store):
    mine, office = Tries("test", "ada"), Tries("office", "203.0.113.7", free=3)
    for number in range(1, 20):
        assert attempt(mine, office) == [1, 1], number
        passed(mine)
        give_back(office)
    for _number in range(3):
        attempt(office)
    with pytest.raises(TooMany):
        attempt(mine, office)
    assert attempt(mine) == [1], "what was refused in one is counted in none"


def test_tries_of_a_day_ago_are_forgotten(store, clock):
    tries = Tries("test", "ada")
    for _number in range(5):
        attempt(tries)
    clock.move(hours=25)
    assert attempt(tries) == [1]


def test_a_thing_that_is_done_at_most_once_in_a_while_is_due_again_afterwards(store, clock):
    assert is_due("mail", "ada", 3600) and not is_due("mail", "ada", 3600)
    clock.move(minutes=59)
    assert not is_due("mail", "ada", 3600)
    clock.move(minutes=2)
    assert is_due("mail", "ada", 3600)


def test_a_household_with_a_network_of_addresses_is_one_address():
    assert network_of("2001:db8:1:2:3::9") == network_of("2001:db8:1:2:ffff::1") != network_of("2001:db8:1:3::9")
    assert network_of("203.0.113.7") == "203.0.113.7"


# --- over the web --------------------------------------------------------------------------------------


def test_after_five_wrong_passwords_one_is_told_how_long_to_wait_for_a_known_and_an_unknown_address_alike(
    app, ada, still
):
    for email in ("ada@example.com", "nobody@example.com"):
        visitor = app.test_client()
        wear_out(email, 3)
        answers = [sign_in(visitor, "wrong", email).status_code for _number in range(2)]
        page = sign_in(visitor, PASSWORD, email)
        assert answers == [422] * 2 and page.status_code == 429
        assert page.headers["Retry-After"] == "1" and "Try again in 1 second." in page.text
        assert f'value="{email}"' in page.text, "what was typed is kept"
    still.shift(2)
    assert sign_in(app.test_client()).status_code == 303


def test_ten_thousand_tries_of_others_lock_the_account_and_not_the_browser_that_is_usual_for_its_owner(
    app, ada, mails, clock
):
    usual = app.test_client()
    assert sign_in(usual).status_code == 303
    usual.post("/sign-out")

    through, locked = 0, 0
    for number in range(10_000):
        clock.move(seconds=30)
        try:
            attempt(tries_at("ada@example.com"), Tries("sign-in from an address", f"10.{number}", 20))
            through += 1
        except TooMany as many:
            locked += many.locked
    # 10,000 tries in 83 hours: twenty before the first lock, and after each day of it the same again
    assert through < 4 * LOCK_AFTER + 4 and locked > 9_000

    page = guess(app, 1)
    assert page.status_code == 429 and "closed to unknown browsers" in page.text
    assert sign_in(app.test_client()).status_code == 429, "even with the right password"
    assert sign_in(usual).status_code == 303, "the owner comes in as ever"


def test_a_locked_account_is_opened_by_its_owner_with_the_link_of_a_mail(app, ada, mails):
    wear_out("ada@example.com")
    assert guess(app, 1).status_code == 422
    assert sign_in(app.test_client()).status_code == 429

    link, visitor = mails.link("ada@example.com"), app.test_client()
    assert link.startswith("/unlock/")
    assert sign_in(app.test_client()).status_code == 429 and visitor.get(link).status_code == 200
    assert sign_in(app.test_client()).status_code == 429, "looking at the page unlocks nothing"
    assert visitor.post(link).location == "/sign-in?email=ada@example.com"
    assert sign_in(visitor).status_code == 303
    for again in (visitor.get(link), visitor.post(link)):
        assert again.status_code == 410 and "already used" in again.text


def test_the_link_of_a_former_lock_opens_no_later_one_and_expires(app, ada, mails, clock):
    wear_out("ada@example.com")
    guess(app, 1)
    link = mails.link("ada@example.com")
    passed(tries_at("ada@example.com"))
    wear_out("ada@example.com")
    guess(app, 2)
    assert mails.link("ada@example.com") == link, "no second mail within the hour"
    assert app.test_client().post(link).status_code == 410 and guess(app, 3).status_code == 429
    clock.move(hours=25)
    assert "expired" in app.test_client().get(link).text
    assert app.test_client().get("/unlock/forged").status_code == 410


def test_a_lock_is_told_by_one_mail_an_hour_and_in_the_workspaces(app, ada, mails):
    for number in range(2):
        wear_out("ada@example.com")
        guess(app, number)
        passed(tries_at("ada@example.com"))
    assert len([mail for mail in mails.to("ada@example.com") if "locked" in mail["Subject"]]) == 1
    locked, failed = events(ada, "auth.account_locked"), events(ada, "auth.sign_in_failed")
    assert locked[0].data["ip"].startswith("198.51.") and locked[0].data["member"] == "Ada Lovelace"
    assert len(failed) == 1 and failed[0].actor_id is None, "two failures are told once in ten minutes"


def test_nobody_hears_of_a_lock_of_an_address_without_an_account(app, ada, mails):
    wear_out("nobody@example.com")
    assert guess(app, 1, "nobody@example.com").status_code == 422
    assert "closed to unknown browsers" in guess(app, 99, "nobody@example.com").text
    assert mails.to("nobody@example.com") == []


def test_a_known_and_an_unknown_address_cost_the_same_statements(app, ada, statements):
    said = []
    for email in ("ada@example.com", "nobody@example.com"):
        with statements() as sent:
            page = sign_in(app.test_client(), "wrong", email)
        reset = app.test_client()
        with statements() as asked:
            reset.post("/reset-password", data={"email": email})
        said.append((page.status_code, [s.split(" ")[:3] for s in sent], [s.split(" ")[:3] for s in asked]))
    assert said[0] == said[1]


def test_asking_for_mails_again_and_again_is_slowed_down_too(app, ada, mails):
    for email in ("ada@example.com", "nobody@example.com"):
        answers = [app.test_client().post("/reset-password", data={"email": email}) for _number in range(7)]
        assert [a.status_code for a in answers] == [200] * 5 + [429] * 2
        assert answers[-1].headers["Retry-After"] == "1" and "Try again in 1 second." in answers[-1].text
    assert len(mails.to("ada@example.com")) == 5


def events(person, name):
    with person.inside():
        return db.session().scalars(select(EventRow).where(EventRow.name == name)).all()


def test_who_chooses_a_new_password_by_mail_opens_the_account_for_all_browsers(app, ada, mails):
    wear_out("ada@example.com", LOCK_AFTER)
    visitor = app.test_client()
    visitor.post("/reset-password", data={"email": "ada@example.com"})
    visitor.post(mails.link("ada@example.com"), data={"password": "a quite different password"})
    assert sign_in(app.test_client(), "a quite different password").status_code == 303

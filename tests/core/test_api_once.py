"""Asking twice with the same key."""

import pytest

from core import db
from core.api import idempotency
from core.api.idempotency import IdempotencyKey
from core.auth.models import ApiToken

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
CONTACT = {"name": "Acme", "industry": "software"}


def count(person):
    return len(person.api("GET", "customers").json["data"])


def test_the_same_request_with_the_same_key_is_done_once(ada):
    first = ada.api("POST", "customers", json=CONTACT, headers=KEY)
    again = ada.api("POST", "customers", json=dict(reversed(CONTACT.items())), headers=KEY)
    assert (first.status_code, again.status_code, count(ada)) == (201, 201, 1)
    assert first.data == again.data
    assert {n: first.headers[n] for n in ("ETag", "Location")} == {n: again.headers[n] for n in ("ETag", "Location")}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_another_request_with_the_same_key_is_refused(ada):
    ada.api("POST", "customers", json=CONTACT, headers=KEY)
    for path, body in (("customers", {"name": "Other"}), ("contacts", CONTACT)):
        answer = ada.api("POST", path, json=body, headers=KEY)
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "key_reused")
    assert count(ada) == 1


def test_a_key_that_is_being_used_right_now_is_told_to_wait(ada):
    token = ada.token()
    with ada.inside() as context:
        (mine,) = db.session().query(ApiToken.id).all()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(idempotency, "_token", lambda: mine[0])
            assert idempotency.reserve(KEY["Idempotency-Key"], "first")
        answer = ada.api("POST", "customers", json=CONTACT, headers=KEY)
        assert (answer.status_code, answer.json["type"]) == (409, "urn:guanxi:problem:in_progress")
        assert context and token
    assert count(ada) == 0


def test_a_request_that_failed_may_be_sent_again_with_its_key(ada):
    assert ada.api("POST", "customers", json={"name": ""}, headers=KEY).status_code == 422
    assert ada.api("POST", "customers", json=CONTACT, headers=KEY).status_code == 201


def test_keys_are_forgotten_after_a_day(ada, clock):
    ada.api("POST", "customers", json=CONTACT, headers=KEY)
    clock.move(hours=25)
    again = ada.api("POST", "customers", json=CONTACT, headers=KEY)
    assert "Idempotent-Replayed" not in again.headers
    assert count(ada) == 2
    with ada.inside():
        assert db.session().query(IdempotencyKey).count() == 1


def test_keys_of_two_people_have_nothing_to_do_with_each_other(ada, dora, mallory):
    for person in (ada, dora, mallory):
        answer = person.api("POST", "customers", json=CONTACT, headers=KEY)
        assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)


def test_a_bulk_request_is_done_once_too(ada):
    body = {"create": [{"name": "One"}, {"name": ""}]}
    first, again = (ada.api("POST", "customers/bulk", json=body, headers=KEY) for _time in range(2))
    assert first.data == again.data
    assert count(ada) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel".encode().decode("latin1"), "a\tb"])
def test_a_key_is_short_and_plain(ada, key):
    answer = ada.api("POST", "customers", json=CONTACT, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "bad_key")

"""Other systems push leads: proven, each once, nothing older over anything newer, and every delivery kept."""

import base64
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from core import current, db
from core.nightly import begin_nights
from plugins.leads.models import Delivery, Lead, Touch, Webhook
from plugins.leads.services.channels.using import channel_uses
from plugins.leads.types import LEAD

LI = {"name": "Li Lei", "phone": "13800138000"}


@pytest.fixture
def stranger(app):
    return app.test_client()


class Hook:
    """A webhook as an admin makes it, and a sender that knows its secret."""

    def __init__(self, admin, stranger, kind="generic", **values):
        self.admin, self.stranger = admin, stranger
        ready = {"name": "Shop", "kind": kind, "proof": "standard", "source": "website", "active": "1"}
        made = admin.post("leads/channels/webhooks", ready | values, follow_redirects=True)
        assert made.status_code == 200, made.text
        self.page = made.text
        self.path = urlsplit(re.search(r'id="hook-address" value="([^"]+)"', made.text).group(1)).path
        found = re.search(r'id="hook-secret" value="([^"]+)"', made.text)
        self.secret = found.group(1) if found else values.get("secret", "")
        self.id = re.search(r"leads/channels/webhooks/([0-9a-f-]{36})/edit", made.text).group(1)

    def map(self, **mapping):
        paths = list(mapping)
        typed = {"path": paths, "field": [mapping[path] for path in paths]}
        assert self.admin.post(f"leads/channels/webhooks/{self.id}/mapping", typed).status_code == 303

    def signed(self, body, name="msg_1", at=None, secret=None):
        at = str(int((at or current.now()).timestamp()))
        key = base64.b64decode((secret or self.secret).removeprefix("whsec_"))
        digest = hmac.new(key, f"{name}.{at}.".encode() + body, sha256).digest()
        return {
            "webhook-id": name,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }

    def push(self, said, headers=None, **how):
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        headers = self.signed(body, **how) if headers is None else headers
        return self.stranger.post(self.path, data=body, headers=headers, content_type="application/json")

    def kept(self):
        with self.admin.inside():
            return list(db.session().scalars(select(Delivery).order_by(Delivery.at, Delivery.id)))


@pytest.fixture
def hook(ada, stranger, sam):
    made = Hook(ada, stranger)
    made.map(name="name", phone="phone", company="company", need="need")
    return made


def leads_of(person):
    with person.inside():
        return list(db.session().scalars(select(Lead).order_by(Lead.id)))


def test_what_is_pushed_and_signed_is_a_lead_with_its_touch_and_nothing_is_lost(hook, ada):
    answer = hook.push(LI | {"colour": "red", "utm_source": "baidu", "tags": ["a", "b"]})

    assert answer.status_code == 200 and answer.json["data"][0]["outcome"] == "caught"
    (lead,) = leads_of(ada)
    assert (lead.name, lead.phone, lead.source, lead.source_detail) == ("Li Lei", "+8613800138000", "website", "Shop")
    with ada.inside():
        touch = db.session().scalars(select(Touch)).one()
        assert touch.via == {"webhook": hook.id} and touch.utm == {"utm_source": "baidu"}
        assert touch.said["colour"] == "red" and touch.said["tags"] == "a, b"
    page = ada.get(f"leads/channels/webhooks/{hook.id}").text
    assert "New lead" in page and "Li Lei" in page


def test_characters_that_no_database_keeps_are_left_out(hook, ada):
    body = rb'{"name": "Li\u0000 Lei\ud800", "phone": "13800138000", "x\u0000y": NaN}'
    assert hook.push(body).status_code == 200
    assert [lead.name for lead in leads_of(ada)] == ["Li Lei?"]


@pytest.mark.parametrize("fault", ["no", "wrong", "other body", "old", "ahead"])
def test_what_does_not_prove_itself_is_refused_and_noted(hook, ada, fault):
    body = json.dumps(LI).encode()
    moved = {"old": -timedelta(minutes=6), "ahead": timedelta(minutes=6)}.get(fault, timedelta())
    headers = hook.signed(body, at=current.now() + moved)
    if fault == "no":
        headers = {}
    elif fault == "wrong":
        headers = hook.signed(body, secret="whsec_" + base64.b64encode(b"x" * 32).decode())
    elif fault == "other body":
        headers = hook.signed(b"{}")

    assert hook.push(body, headers=headers).status_code == 401
    assert leads_of(ada) == [] and [each.outcome for each in hook.kept()] == ["refused"]


def test_a_delivery_sent_again_is_taken_once(hook, ada):
    body = json.dumps(LI).encode()
    headers = hook.signed(body)

    assert [hook.push(body, headers=headers).status_code for _ in range(3)] == [200, 409, 409]
    assert hook.push(body, at=current.now() + timedelta(seconds=9)).status_code == 409, "the same id, signed anew"
    assert leads_of(ada)[0].touches == 1 and len(hook.kept()) == 1


def test_an_older_delivery_that_comes_later_overwrites_nothing(hook, ada, desk):
    def told(minute, name, **values):
        at = datetime(2026, 1, 1, 8, minute, tzinfo=UTC).isoformat()
        return hook.push({"id": 7, "updated_at": at, **LI, **values}, name=name).json["data"][0]["outcome"]

    assert told(10, "b", company="New Ltd") == "caught"
    assert told(5, "a", company="Old Ltd", need="Chairs") == "older"
    (lead,) = leads_of(ada)
    assert (lead.company, lead.need, lead.touches) == ("New Ltd", "Chairs", 1), "gaps are filled, nothing is undone"

    assert told(20, "c", company="Newest Ltd") == "updated"
    desk.edit(ada, lead.id, company="Corrected Ltd")
    assert told(30, "d", company="Robot Ltd") == "updated"
    assert leads_of(ada)[0].company == "Corrected Ltd", "what a person corrected stays"


def test_what_cannot_become_a_lead_is_kept_and_can_be_tried_again_with_another_mapping(hook, ada):
    answer = hook.push({"full_name": "Han Mei", "mobile": "13900139000", "phone": "12"})
    assert (answer.status_code, answer.json["data"][0]["outcome"]) == (200, "failed")
    (kept,) = hook.kept()
    page = ada.get(f"leads/channels/deliveries/{kept.id}").text
    assert "Check the mapping" in page and "Han Mei" in page

    hook.map(full_name="name", mobile="phone")
    done = ada.post(f"leads/channels/deliveries/{kept.id}/replay", follow_redirects=True)
    assert "It is a lead now." in done.text and [lead.name for lead in leads_of(ada)] == ["Han Mei"]
    again = ada.post(f"leads/channels/deliveries/{kept.id}/replay", follow_redirects=True)
    assert "nothing to be done again" in again.text and len(leads_of(ada)) == 1


def test_what_is_no_json_too_large_switched_off_or_nowhere_is_turned_away(hook, ada, stranger):
    assert hook.push(b"name=Li").status_code == 422
    assert hook.push(b'{"a": "' + b"x" * 300_000 + b'"}').status_code == 413
    assert hook.push(b"[" * 5000).status_code == 422, "nested without end"
    assert stranger.post(hook.path[:-3] + "abc", json=LI).status_code == 404
    ada.post(
        f"leads/channels/webhooks/{hook.id}", {"name": "Shop", "proof": "standard", "source": "website"}
    )  # without "active"
    assert hook.push(LI).status_code == 410 and leads_of(ada) == []


def test_a_new_secret_takes_the_place_of_the_former_one_after_a_day(hook, clock):
    page = hook.admin.post(f"leads/channels/webhooks/{hook.id}/secret").text
    former, hook.secret = hook.secret, re.search(r'id="hook-secret" value="([^"]+)"', page).group(1)

    assert former != hook.secret and hook.secret not in hook.admin.get(f"leads/channels/webhooks/{hook.id}").text
    assert hook.push(LI, name="a", secret=former).status_code == 200
    assert hook.push(LI, name="b").status_code == 200
    clock.move(hours=25)
    assert hook.push(LI, name="c", secret=former).status_code == 401
    assert hook.push(LI, name="d").status_code == 200
    with hook.admin.inside():
        kept = db.session().scalars(select(Webhook)).one()
        assert hook.secret not in (kept.secret or ""), "sealed"


def test_deliveries_are_forgotten_after_thirty_days(hook, clock, run_jobs, ada):
    hook.push(LI)
    clock.move(days=31)
    begin_nights()
    run_jobs()

    assert hook.kept() == [] and len(leads_of(ada)) == 1


# --- the systems that have ways of their own -----------------------------------------------------------


def test_meta_asks_first_and_then_pushes_answers_or_only_ids(ada, stranger, sam):
    hook = Hook(ada, stranger, "meta", proof="meta", secret="app-secret", source="ads")
    token = re.search(r'id="hook-verify" value="([^"]+)"', hook.page).group(1)
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    assert stranger.get(hook.path, query_string=asked).text == "1158201444"
    assert stranger.get(hook.path, query_string=asked | {"hub.verify_token": "x"}).status_code == 404

    def push(*values):
        said = {"object": "page", "entry": [{"id": "1", "changes": [{"field": "leadgen", "value": v}]} for v in values]}
        body = json.dumps(said).encode()
        signature = "sha256=" + hmac.new(b"app-secret", body, sha256).hexdigest()
        return hook.push(body, headers={"X-Hub-Signature-256": signature})

    answers = [
        {"name": "full_name", "values": ["Anna Smith"]},
        {"name": "email", "values": ["anna@example.com"]},
        {"name": "what_do_you_need", "values": ["Chairs"]},
    ]
    first = {"leadgen_id": "11", "created_time": 1767225600, "field_data": answers}
    taken = push(first, {"leadgen_id": "12", "created_time": 1767225601, "form_id": "3"})
    assert [each["outcome"] for each in taken.json["data"]] == ["caught", "to_fetch"]
    (lead,) = leads_of(ada)
    assert (lead.name, lead.email, lead.source) == ("Anna Smith", "anna@example.com", "ads")
    assert "only the id" in ada.get(f"leads/channels/webhooks/{hook.id}").text
    assert hook.push(LI, headers={"X-Hub-Signature-256": "sha256=" + "0" * 64}).status_code == 401


def test_douyin_signs_with_the_client_secret_and_sends_json_in_json(ada, stranger, sam):
    hook = Hook(ada, stranger, "juliang", proof="douyin", secret="client", source="ads")
    hook.map(**{"content.name": "name", "content.telphone": "phone", "content.weixin": "wechat"})

    def push(said, **more):
        body = json.dumps(said).encode()
        return hook.push(body, headers={"X-Douyin-Signature": sha1(b"client" + body).hexdigest(), **more})

    assert push({"event": "verify_webhook", "content": {"challenge": 12345}}).json == {"challenge": 12345}
    inner = json.dumps({"name": "王小明", "telphone": "13700137000", "weixin": "wxm_2020"})
    assert push({"event": "clue", "content": inner}, **{"Msg-Id": "m1"}).json["data"][0]["outcome"] == "caught"
    assert push({"event": "clue", "content": inner, "n": 2}, **{"Msg-Id": "m1"}).status_code == 409
    assert [(each.name, each.wechat) for each in leads_of(ada)] == [("王小明", "wxm_2020")]


def test_baidu_pushes_to_an_address_that_only_it_knows(ada, stranger, sam):
    hook = Hook(ada, stranger, "baidu", proof="address", source="ads")
    clue = {"clueId": 99, "commitTime": "2026-01-01 09:00:00", "cluePhoneNumber": "13600136000", "clueUserName": "赵敏"}

    assert hook.push(clue, headers={}).status_code == 200
    assert hook.push(clue, headers={}).status_code == 409
    assert [(each.name, each.phone) for each in leads_of(ada)] == [("赵敏", "+8613600136000")]


def test_a_form_service_signs_data_time_and_token(ada, stranger, sam, clock):
    hook = Hook(ada, stranger, "form", proof="fanqier", secret="push-token", source="form")
    hook.map(**{"data.values[姓名]": "name", "data.values[手机]": "phone", "data.remark": "need"})
    said = {"_id": "5a", "values": [{"label": "姓名", "value": "孙悦"}, {"label": "手机", "value": "13500135000"}]}

    def push(at):
        data, at = json.dumps(said, ensure_ascii=False), str(int(at.timestamp() * 1000))
        signed = sha1(f"{data}{at}push-token".encode()).hexdigest()
        return hook.push({"data": data, "time": at, "sign": signed}, headers={})

    assert push(current.now() - timedelta(minutes=10)).status_code == 401
    answer = push(current.now())
    assert (answer.status_code, answer.text) == (200, "success")
    assert [(each.name, each.phone) for each in leads_of(ada)] == [("孙悦", "+8613500135000")]


# --- the mapping ---------------------------------------------------------------------------------------


def test_the_mapping_is_guessed_from_a_sample_and_shows_what_it_would_make(hook, ada):
    sample = {"data": {"联系人": "李雷", "手机号": "13800138000", "公司名称": "雷氏", "q": "x@y.example", "odd": "?"}}
    page = ada.post(f"leads/channels/webhooks/{hook.id}/mapping", {"sample": json.dumps(sample), "step": "guess"}).text
    made = page[page.index(f'id="made-{hook.id}"') :]

    assert all(text in made for text in ("李雷", "+8613800138000", "雷氏", "x@y.example"))
    assert "1 value more is kept" in made and "data.odd" in page
    assert leads_of(ada) == [] and hook.kept() == [], "looking makes nothing"


def test_values_are_joined_and_fixed_and_a_faulty_one_is_said(hook, ada):
    typed = {
        "sample": json.dumps({"first": "Anna", "last": "Smith", "mail": "a@b.example", "tel": "12"}),
        "path": ["first", "last", "mail", "tel"],
        "field": ["name", "name", "email", "phone"],
        "fixed_field": ["industry", ""],
        "fixed_value": ["Furniture", ""],
    }
    shown = ada.post(f"leads/channels/webhooks/{hook.id}/mapping", typed | {"step": "read"}).text
    assert "Anna Smith" in shown and "Furniture" in shown and "Enter a phone number" in shown

    assert ada.post(f"leads/channels/webhooks/{hook.id}/mapping", typed).status_code == 303
    hook.push(json.loads(typed["sample"]))
    (lead,) = leads_of(ada)
    assert (lead.name, lead.industry, lead.phone) == ("Anna Smith", "Furniture", None)
    assert "Enter a phone number" in hook.kept()[0].detail


def test_a_field_that_a_webhook_fills_says_so_before_it_is_retired(hook, ada):
    with ada.inside():
        uses = [each for each in channel_uses(LEAD) if each.key == "company"]

    assert [(each.title, each.url) for each in uses] == [("Shop", f"/w/acme/leads/channels/webhooks/{hook.id}/mapping")]


def test_a_sample_that_is_no_json_is_shown_again_with_what_is_wrong(hook, ada):
    answer = ada.post(f"leads/channels/webhooks/{hook.id}/mapping", {"sample": '{"a": 1,\n oops'})

    assert answer.status_code == 422 and "see line 2" in answer.text and "oops" in answer.text


# --- who may -------------------------------------------------------------------------------------------


def test_only_who_connects_channels_sees_them_and_changes_are_audited(hook, sam, dora, mallory, ada, stranger):
    assert sam.get("leads/channels").status_code == 403
    assert dora.get("leads/channels").status_code == 200 and "Shop" in dora.get("leads/channels").text
    mallory.switch("leads")
    assert mallory.get(f"leads/channels/webhooks/{hook.id}").status_code == 404
    with mallory.inside() as context:
        theirs = context.public_id
    assert stranger.post(f"/p/{theirs}/leads/hooks/{hook.path.rpartition('/')[2]}", json=LI).status_code == 404
    named = [each["name"] for each in ada.api("GET", "audit").json["data"]]
    assert "leads.channel_created" in named and "leads.channel_changed" in named


def test_faults_of_the_form_are_said_beside_the_field(ada):
    answer = ada.post("leads/channels/webhooks", {"name": " ", "kind": "meta", "proof": "meta", "source": "ads"})
    assert answer.status_code == 422 and "Fill this in" in answer.text
    answer = ada.post("leads/channels/webhooks", {"name": "M", "kind": "meta", "proof": "meta", "source": "ads"})
    assert answer.status_code == 422 and "Enter the secret" in answer.text

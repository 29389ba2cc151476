"""Inviting by a list, and joining by a link for everybody with an address in a domain."""

import pytest

from core import db
from core.access import Member
from core.auth.giving import all_roles
from core.auth.inviting_many import read_list
from core.auth.join_links import JoinLink
from core.auth.members import roles_of
from core.errors import DomainError
from core.testing.cast import PASSWORD


def role_id(person, key="sales"):
    with person.inside():
        return str(next(role.id for role in all_roles() if role.key == key))


def link_of(person, **more):
    wish = {"role": role_id(person), "domains": ["acme.com"]} | more
    made = person.api("POST", "invitation-links", wish)
    assert made.status_code == 201, made.json
    return made.json["data"]["id"], "/join/" + made.json["data"]["url"].rpartition("/")[2]


def member_of(person, email):
    with person.inside():
        found = db.session().query(Member).filter(Member.email == email).one_or_none()
        return found and (found.status, [role.key for role in roles_of([found.id])[found.id]], found.team_id)


# --- joining -------------------------------------------------------------------------------------------


def test_whoever_has_an_address_in_the_domain_confirms_it_and_is_in(ada, app, mails):
    _id, path = link_of(ada)
    browser = app.test_client()
    page = browser.get(path).text
    assert "Join Acme" in page and "acme.com" in page
    assert "mailbox" in browser.post(path, data={"email": "Neo@Acme.com"}).text
    assert member_of(ada, "neo@acme.com") is None, "before the address is confirmed nobody joins"
    confirming = mails.link("neo@acme.com")
    assert 'value="neo@acme.com"' in browser.get(confirming).text
    assert browser.post(confirming, data={"name": "Neo", "password": PASSWORD}).location == "/w/acme/"
    assert browser.get("/w/acme/settings/profile").status_code == 200
    assert member_of(ada, "neo@acme.com") == ("active", ["sales"], None)
    again = app.test_client().get(confirming)
    assert again.status_code == 410 and "member of this workspace already" in again.text
    assert ada.api("GET", "invitation-links").json["data"][0]["uses"] == 1


@pytest.mark.parametrize("email", ["neo@example.com", "neo@acme.com.evil.org", "neo@sub.acme.com", "acme.com", ""])
def test_an_address_of_elsewhere_is_refused_beside_its_field_and_not_written_to(ada, app, mails, email):
    _id, path = link_of(ada)
    page = app.test_client().post(path, data={"email": email})
    assert page.status_code == 422 and 'id="f-email-error"' in page.text
    assert not email or mails.to(email) == []


def test_who_is_signed_in_joins_by_a_button_only_with_an_address_of_the_domain(ada, mallory):
    _id, path = link_of(ada, domains=["globex.com"])
    assert "Join as" not in mallory.get(path).text
    assert mallory.post(path).status_code == 422 and member_of(ada, mallory.email) is None
    _id, path = link_of(ada, domains=["example.com"])
    assert "Join as Mallory" in mallory.get(path).text
    assert mallory.post(path).location == "/w/acme/"
    assert mallory.post(path).status_code == 410, "twice is refused in plain words"


def test_a_confirmation_is_for_one_address_only(ada, app, mallory, mails):
    _id, path = link_of(ada)
    app.test_client().post(path, data={"email": "neo@acme.com"})
    confirming = mails.link("neo@acme.com")
    assert "was sent to neo@acme.com" in mallory.get(confirming).text
    assert mallory.post(confirming).status_code == 409 and member_of(ada, mallory.email) is None


def test_a_link_ends_with_its_day_its_number_its_exchange_and_its_withdrawal(ada, app, mallory, mails):
    _id, expiring = link_of(ada, expires_at="2100-01-01T00:00:00Z")
    full_id, full = link_of(ada, max_uses=1, anyone=True, domains=[])
    exchanged_id, exchanged = link_of(ada)
    app.test_client().post(exchanged, data={"email": "neo@acme.com"})
    confirming = mails.link("neo@acme.com")
    assert mallory.post(full).location == "/w/acme/"
    newer = ada.api("POST", f"invitation-links/{exchanged_id}/rotation").json["data"]["url"]
    stranger = app.test_client()
    assert stranger.get(full).status_code == 410 and "As many people" in stranger.get(full).text
    assert stranger.get(exchanged).status_code == 410
    assert stranger.post(confirming, data={"name": "Neo", "password": PASSWORD}).status_code == 410
    assert stranger.get("/join/" + newer.rpartition("/")[2]).status_code == 200
    assert ada.api("DELETE", f"invitation-links/{exchanged_id}").status_code == 204
    assert stranger.get("/join/" + newer.rpartition("/")[2]).status_code == 410
    assert ada.api("POST", f"invitation-links/{exchanged_id}/rotation").status_code == 409
    assert stranger.get(expiring).status_code == 200
    with ada.inside():
        db.session().query(JoinLink).filter(JoinLink.expires_at.is_not(None)).one().expires_at = "2020-01-01T00:00Z"
    page = stranger.get(expiring)
    assert page.status_code == 410 and "expired" in page.text
    states = {each["state"] for each in ada.api("GET", "invitation-links").json["data"]}
    assert states == {"full", "withdrawn", "expired"}


@pytest.mark.parametrize("path", ["/join/forged.x.y", "/join/confirmed/forged.x.y"])
def test_a_forged_link_is_refused(app, ada, path):
    page = app.test_client().get(path)
    assert page.status_code == 410 and "not one of ours" in page.text
    assert app.test_client().post(path, data={"email": "a@acme.com", "name": "x"}).status_code == 410


def test_who_was_invited_by_name_comes_in_as_invited_and_who_was_put_out_stays_out(ada, mallory):
    _id, path = link_of(ada, anyone=True, domains=[])
    ada.post("members/invite", {"email": mallory.email, "role": role_id(ada, "viewer")})
    assert mallory.post(path).location == "/w/acme/"
    assert member_of(ada, mallory.email) == ("active", ["viewer"], None)
    with ada.inside():
        db.session().query(Member).filter(Member.email == mallory.email).one().status = "deactivated"
    page = mallory.post(path)
    assert page.status_code == 410 and "was ended" in page.text


# --- making links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wish", "field"), [
    ({"domains": ["qq.com"]}, "domains"), ({"domains": ["gmail.com", "acme.com"]}, "domains"),
    ({"domains": []}, "domains"), ({"domains": ["not a domain"]}, "domains"), ({"domains": ["a@acme.com"]}, "domains"),
    ({"role": "owner"}, "role"), ({"role": "admin"}, "role"), ({"max_uses": 0}, "max_uses"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
])  # fmt: skip
def test_what_a_link_cannot_be_is_said_beside_the_field(ada, wish, field):
    if "role" in wish:
        wish = {"role": role_id(ada, wish["role"])}
    answer = ada.api("POST", "invitation-links", {"role": role_id(ada), "domains": ["acme.com"]} | wish)
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == field


def test_links_are_made_and_withdrawn_in_the_browser_by_those_who_manage_members(ada, dora, mallory):
    assert "No invitation links yet" in ada.get("members/links").text
    form = {
        "who": "domains",
        "domains": "@Acme.com, acme.cn",
        "role": role_id(ada),
        "until": "2100-01-01",
        "max_uses": "9",
    }
    assert ada.post("members/links/new", form | {"domains": "qq.com"}).status_code == 422
    assert ada.post("members/links/new", form).status_code == 303
    page = ada.get("members/links").text
    assert "acme.cn, acme.com" in page and "0 of 9 have joined" in page and "/join/" in page
    with ada.inside():
        link = db.session().query(JoinLink).one()
    for verb in ("rotation", "withdrawal"):
        assert dora.post(f"members/links/{link.id}/{verb}").status_code == 403
        assert mallory.post(f"members/links/{link.id}/{verb}").status_code == 404
        assert ada.post(f"members/links/{link.id}/{verb}").status_code == 303
    assert "Withdrawn" in ada.get("members/links").text and "/join/" not in ada.get("members/links").text


def test_a_link_into_a_team_that_is_deleted_leads_into_the_one_above(ada, mallory):
    top = ada.api("POST", "teams", {"name": "Sales"}).json["data"]["id"]
    below = ada.api("POST", "teams", {"name": "North", "parent": top}).json["data"]["id"]
    _id, path = link_of(ada, anyone=True, domains=[], team=below)
    assert ada.api("DELETE", f"teams/{below}").status_code == 204
    mallory.post(path)
    assert str(member_of(ada, mallory.email)[2]) == top


# --- a list --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "rows"), [
    ("a@x.com\n\n  b@x.com ,Bea, Viewer", [("a@x.com", "", "", ""), ("b@x.com", "Bea", "Viewer", "")]),
    ("姓名\t邮箱\t部门\n王小明\twang@x.cn\t华东", [("wang@x.cn", "王小明", "", "华东")]),
    ('Ada Lovelace <ada@x.com>;\n"Smith, John",j@x.com', [("ada@x.com", "Ada Lovelace", "", ""),
                                                          ("Smith, John", "j@x.com", "", "")]),
    ("name,e-mail\n\"Smith, John\",j@x.com", [("j@x.com", "Smith, John", "", "")]),
])  # fmt: skip
def test_a_pasted_list_is_read_in_any_usual_notation(app, text, rows):
    assert [(each.email, each.name, each.role, each.team) for each in read_list(text)] == rows


@pytest.mark.parametrize("text", ["", " \n ", "email,name", "\n".join(f"a{n}@x.com" for n in range(201))])
def test_a_list_of_nobody_or_of_too_many_is_refused(app, text):
    with app.test_request_context(), pytest.raises(DomainError):
        read_list(text)


def test_a_list_is_invited_and_each_bad_row_stays_in_the_form_with_its_reason(ada, bob, mails):
    ada.api("POST", "teams", {"name": "North"})
    rows = ["new@example.com, Neo, Viewer, north", "nobody", bob.email, "two@example.com", "TWO@example.com",
            "three@example.com,,Emperor", "four@example.com,,,Nowhere"]  # fmt: skip
    page = ada.post("members/invite/list", {"list": "\n".join(rows), "role": role_id(ada), "team": ""})
    left = page.text.split("<textarea")[1].split("</textarea>")[0]
    assert page.status_code == 200
    assert [row for row in rows if row in left] == ["nobody", bob.email, *rows[4:]]
    for reason in ("Bob Viewer is a member already", "further up in the list already", "no role “Emperor”",
                   "no team “Nowhere”", "name@example.com"):  # fmt: skip
        assert reason in page.text
    assert member_of(ada, "new@example.com")[1] == ["viewer"] and member_of(ada, "new@example.com")[2]
    assert member_of(ada, "two@example.com")[1] == ["sales"]
    assert member_of(ada, "three@example.com") is None
    assert "Join Acme" in ada.app.test_client().get(mails.link("new@example.com")).text


def test_a_list_gives_no_role_that_is_too_mighty(ada, dora):
    text = "x@example.com,,owner\ny@example.com"
    page = dora.post("members/invite/list", {"list": text, "role": role_id(ada), "team": ""})
    assert "You cannot give the role Owner" in page.text
    assert member_of(ada, "x@example.com") is None and member_of(ada, "y@example.com")


def test_many_are_invited_over_the_api_with_a_verdict_each(ada, bob):
    wish = {"role": role_id(ada), "invitations": [{"email": "new@example.com", "role": "viewer"}, {"email": "nobody"}]}
    good, bad = ada.api("POST", "invitations/bulk", wish).json["data"]
    assert good["id"] and not good["problem"] and not bad["id"] and bad["problem"]
    assert member_of(ada, "new@example.com")[1] == ["viewer"]
    assert bob.api("POST", "invitations/bulk", wish).status_code == 403

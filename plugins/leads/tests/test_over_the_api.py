"""What a program sees that sends leads."""


def test_the_same_person_again_is_the_same_lead_and_no_new_one(ada, sam):
    ada.switch("leads")
    first = ada.api("POST", "leads", json={"name": "Li Lei", "email": "lilei@example.com"})
    again = ada.api("POST", "leads", json={"name": "李雷", "email": "LiLei@example.com"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["data"]["id"] == again.json["data"]["id"]


def test_a_token_that_may_not_administer_is_told_so(ada):
    token = ada.token(scopes=("read", "write"))
    answer = ada.api("PATCH", "modules/leads", json={"enabled": True}, headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, "admin" in answer.json["detail"]) == (403, True)

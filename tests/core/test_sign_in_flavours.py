"""Signing in with Feishu, DingTalk, WeCom and Microsoft, each in its own way."""

import pytest
from sqlalchemy import text

from core.auth.providers import configured, identities
from core.auth.providers.somebody import Somebody
from tests.core.apps_of_china import CODE, AppsOfChina
from tests.core.oidc_server import CLIENT, SECRET, query_of
from tests.core.providers_for_tests import come_by, is_in

FEISHU = {"name": "艾达", "en_name": "Ada", "open_id": "ou_1", "union_id": "on_ada", "tenant_key": "t",
          "email": "ada@example.com", "user_id": "5d9bdxxx"}  # fmt: skip
DINGTALK = {"nick": "艾达", "unionId": "ding_ada", "openId": "o", "email": "ada@example.com", "stateCode": "86"}
WECOM = {"userid": "wecom_ada", "name": "艾达", "department": [1], "biz_mail": "ada@example.com", "status": 1}
FLAVOURS = {
    "feishu": (FEISHU, "https://accounts.feishu.cn", "on_ada", "code"),
    "dingtalk": (DINGTALK, "https://login.dingtalk.com", "ding_ada", "authCode"),
    "wecom": (WECOM, "https://login.work.weixin.qq.com/ww_corp", "wecom_ada", "code"),
}


@pytest.fixture(scope="module")
def apps_program():
    there = AppsOfChina()
    yield there
    there.stop()


@pytest.fixture
def apps(apps_program, told):
    there = apps_program
    there.reset()
    variables = {
        "SIGN_IN_PRIVATE_NETWORK": "1",
        "SIGN_IN_WECOM_AGENT": "1000002",
        "SIGN_IN_WECOM_API_URL": f"{there.url}/wecom",
    }
    for name, client in (("FEISHU", "cli_app"), ("DINGTALK", "ding_app"), ("WECOM", "ww_corp")):
        variables |= {f"SIGN_IN_{name}_ID": client, f"SIGN_IN_{name}_SECRET": "app-secret",
                      f"SIGN_IN_{name}_TOKEN_URL": f"{there.url}/{name.lower()}/token",
                      f"SIGN_IN_{name}_USER_URL": f"{there.url}/{name.lower()}/user"}  # fmt: skip
    told(**variables)
    return there


@pytest.fixture
def visitor(app):
    return app.test_client()


def come(visitor, apps, key, code=CODE):
    left = visitor.get(f"/sign-in/with/{key}")
    sent = query_of(left.location)
    apps.challenge, apps.back = sent.get("code_challenge"), sent["redirect_uri"]
    named = FLAVOURS[key][3]
    return left.location, visitor.get(
        f"/sign-in/with/{key}/callback", query_string={named: code, "state": sent["state"]}
    )


@pytest.mark.parametrize("key", FLAVOURS)
def test_a_connected_account_opens_and_its_unconfirmed_address_alone_does_not(visitor, ada, apps, key, admin):
    apps.person, issuer, subject, _code = FLAVOURS[key]
    _left, page = come(visitor, apps, key)
    assert "not that your e-mail address is confirmed" in page.text and not is_in(visitor)
    assert admin.connect().scalar(text("select count(*) from guanxi.user_identity")) == 0

    identities.connect(ada.user_id, Somebody(issuer, subject), key)
    _left, answer = come(visitor, apps, key)
    assert answer.location == "/" and is_in(visitor)


@pytest.mark.parametrize("key", FLAVOURS)
def test_a_code_or_a_right_that_they_refuse_is_said_with_their_code(visitor, ada, apps, key):
    apps.person = FLAVOURS[key][0]
    code = {"feishu": "invalid_grant", "dingtalk": "invalidParameter.authCode.notFound", "wecom": "40029"}[key]
    _left, page = come(visitor, apps, key, "another code")
    assert page.status_code == 422 and f"Reason: {code}" in page.text
    apps.broken = "user"
    code = {"feishu": "99991668", "dingtalk": "Forbidden.AccessDenied", "wecom": "60011"}[key]
    assert f"Reason: {code}" in come(visitor, apps, key)[1].text
    assert "no_code" in come(visitor, apps, key, "")[1].text
    assert not is_in(visitor)


def test_each_is_asked_in_its_own_words(visitor, apps):
    asked = {key: visitor.get(f"/sign-in/with/{key}").location for key in FLAVOURS}
    assert asked["feishu"].startswith("https://accounts.feishu.cn/open-apis/authen/v1/authorize?client_id=cli_app&")
    assert query_of(asked["feishu"])["code_challenge_method"] == "S256"
    assert asked["dingtalk"].startswith("https://login.dingtalk.com/oauth2/auth?")
    assert query_of(asked["dingtalk"])["scope"] == "openid"
    assert asked["wecom"].startswith(
        "https://login.work.weixin.qq.com/wwlogin/sso/login?login_type=CorpApp&appid=ww_corp"
    )
    assert query_of(asked["wecom"])["agentid"] == "1000002"


def test_a_stranger_to_the_company_in_wecom_is_not_let_in(visitor, apps):
    apps.person, apps.broken = WECOM, "stranger"
    assert "You are not a member of the company in WeCom" in come(visitor, apps, "wecom")[1].text


def test_half_a_provider_is_not_offered(visitor, told):
    told(SIGN_IN_GOOGLE_ID="only an id", SIGN_IN_WECOM_ID="ww", SIGN_IN_WECOM_SECRET="s")
    assert configured.providers() == []
    told(SIGN_IN_GOOGLE_SECRET="s", SIGN_IN_WECOM_AGENT="1")
    assert [each.key for each in configured.providers()] == ["google", "wecom"]


# --- Microsoft -----------------------------------------------------------------------------------------


@pytest.fixture
def microsoft(told, oidc):
    told(SIGN_IN_MICROSOFT_ISSUER=f"{oidc.issuer}/common/v2.0", SIGN_IN_MICROSOFT_ID=CLIENT,
         SIGN_IN_MICROSOFT_SECRET=SECRET, SIGN_IN_PRIVATE_NETWORK="1")  # fmt: skip
    oidc.metadata = {"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}
    return oidc


DIRECTORY = "9188040d-6c67-4c5b-b112-36a304b66dad"
MINE = {"sub": "m1", "name": "Ada", "email": "ada@example.com", "tid": DIRECTORY, "email_verified": True}


def test_any_directory_of_microsoft_may_speak_for_itself_and_for_no_other(visitor, ada, microsoft):
    issuer = f"https://login.microsoftonline.com/{DIRECTORY}/v2.0"
    identities.connect(ada.user_id, Somebody(issuer, "m1"), "microsoft")
    microsoft.says = MINE | {"iss": issuer}
    assert come_by(visitor, microsoft, "/sign-in/with/microsoft").location == "/"
    visitor.post("/sign-out")
    for said in ({"tid": "11111111-1111-1111-1111-111111111111"}, {"tid": "../common"}, {"tid": None}):
        microsoft.says = MINE | {"iss": issuer} | said
        assert "could not rely on the answer" in come_by(visitor, microsoft, "/sign-in/with/microsoft").text
    assert not is_in(visitor)


@pytest.mark.parametrize(
    ("owned", "said"), [(True, "You have an account here already"), (None, "but not that your e-mail")]
)
def test_an_address_from_a_directory_counts_only_when_the_domain_is_the_directorys_own(
    visitor, ada, microsoft, owned, said
):
    microsoft.says = MINE | {"iss": f"https://login.microsoftonline.com/{DIRECTORY}/v2.0", "xms_edov": owned}
    assert said in come_by(visitor, microsoft, "/sign-in/with/microsoft").text

"""Feishu, DingTalk and WeCom as their documentation describes them: what they want, and the JSON that they answer."""

import threading
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

CODE = "a code that is good once"
TOKEN = "u-a-token"


class AppsOfChina:
    """`person` is who is signed in there. `broken` makes one of the calls answer its documented error."""

    def __init__(self) -> None:
        app = Flask("apps")
        for add in (_feishu, _dingtalk, _wecom):
            add(app, self)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.person: dict[str, Any] = {}
        self.broken: str | None = None
        self.challenge: str | None = None
        self.back = ""

    def stop(self) -> None:
        self._server.shutdown()


def _feishu(app: Flask, there: AppsOfChina) -> None:
    @app.post("/feishu/token")
    def feishu_token():
        said = request.get_json()
        good = said["client_id"] == "cli_app" and said["client_secret"] == "app-secret" and said["code"] == CODE
        good = good and said["grant_type"] == "authorization_code" and said["redirect_uri"] == there.back
        if not good or create_s256_code_challenge(said["code_verifier"]) != there.challenge:
            return jsonify(
                code=20003, error="invalid_grant", error_description="The authorization code is invalid"
            ), 400
        return jsonify(code=0, access_token=TOKEN, expires_in=7200, token_type="Bearer", scope="auth:user.id:read")

    @app.get("/feishu/user")
    def feishu_user():
        if request.headers["Authorization"] != f"Bearer {TOKEN}" or there.broken == "user":
            return jsonify(code=99991668, msg="Invalid access token for authorization"), 400
        return jsonify(code=0, msg="success", data=there.person)


def _dingtalk(app: Flask, there: AppsOfChina) -> None:
    @app.post("/dingtalk/token")
    def dingtalk_token():
        said = request.get_json()
        if said != {
            "clientId": "ding_app",
            "clientSecret": "app-secret",
            "code": CODE,
            "grantType": "authorization_code",
        }:
            return jsonify(code="invalidParameter.authCode.notFound", requestid="1", message="不存在的authCode"), 400
        return jsonify(accessToken=TOKEN, refreshToken="r", expireIn=7200, corpId="ding1")

    @app.get("/dingtalk/user")
    def dingtalk_user():
        if request.headers["x-acs-dingtalk-access-token"] != TOKEN or there.broken == "user":
            return jsonify(code="Forbidden.AccessDenied", requestid="1", message="没有调用该接口的权限"), 403
        return jsonify(there.person)


def _wecom(app: Flask, there: AppsOfChina) -> None:
    @app.get("/wecom/gettoken")
    def wecom_token():
        if (request.args["corpid"], request.args["corpsecret"]) != ("ww_corp", "app-secret"):
            return jsonify(errcode=40001, errmsg="invalid credential")
        return jsonify(errcode=0, errmsg="ok", access_token=TOKEN, expires_in=7200)

    @app.get("/wecom/auth/getuserinfo")
    def wecom_identity():
        if request.args["access_token"] != TOKEN or request.args["code"] != CODE:
            return jsonify(errcode=40029, errmsg="invalid code")
        if there.broken == "stranger":
            return jsonify(errcode=0, errmsg="ok", openid="o-stranger")
        return jsonify(errcode=0, errmsg="ok", userid=there.person["userid"], user_ticket="t")

    @app.get("/wecom/user/get")
    def wecom_user():
        if there.broken == "user":
            return jsonify(errcode=60011, errmsg="no privilege to access/modify contact/party/agent")
        assert request.args["userid"] == there.person["userid"]
        return jsonify(errcode=0, errmsg="ok", **there.person)

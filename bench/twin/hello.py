"""The smallest application there is."""

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/readyz", view_func=lambda: "ready")
    return app

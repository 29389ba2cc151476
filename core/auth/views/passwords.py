"""How good a password is, while it is typed."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core.auth.forms import near_words
from core.auth.limits import limiter
from core.auth.passwords import strength
from core.web import render
from core.web.blueprints import Guarded, anyone

password_strength = Guarded("password_strength", __name__)


@password_strength.post("/password-strength", permission=anyone)
@limiter.limit("120/minute")
def tell_strength() -> ResponseReturnValue:
    """The same judgement as when it is sent; nothing is kept of it."""
    password = request.form.get("password", "")
    near = near_words(request.form)
    if current_user.is_authenticated:
        near += [current_user.name, current_user.email]
    return render("auth/_strength.html", strength=strength(password, *near) if password else None)

"""What is typed beside a second factor."""

import marshmallow as ma

from core.auth.forms import Line


class NamePasskey(ma.Schema):
    name = Line()

"""The JSON API: every record type as a resource, the workspace's administration, and OpenAPI of both.

A room or a plugin adds what is more than records by a blueprint of its own:

    tokens = Resource("tokens", __name__)

    @tokens.get("/tokens", permission=any_member, doc=Doc(gives=TOKEN, many=True))
    def list_tokens() -> Answer:
        return listed([...])
"""

from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import Doc, Param
from core.api.reading import body, loaded

__all__ = ["Answer", "Doc", "Param", "Resource", "body", "listed", "loaded", "single"]

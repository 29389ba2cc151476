"""The pages of roles: the list, what each may do to records, how far fields are open, permissions, and trying on."""

from core.auth.views.roles import fields, listing, matrix, permissions, seeing
from core.auth.views.roles.blueprint import role_pages

__all__ = ["fields", "listing", "matrix", "permissions", "role_pages", "seeing"]

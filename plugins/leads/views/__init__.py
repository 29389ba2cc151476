"""The pages of the leads, inside a workspace and for strangers."""

from plugins.leads.views import forms, pages, public_form
from plugins.leads.views.blueprints import for_strangers, leads

__all__ = ["for_strangers", "forms", "leads", "pages", "public_form"]

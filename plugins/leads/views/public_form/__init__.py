"""The web form as a stranger sees it: works without scripts, and posted from a page of the company's own as well."""

from plugins.leads.views.public_form import confirming, filling_in, proof

__all__ = ["confirming", "filling_in", "proof"]

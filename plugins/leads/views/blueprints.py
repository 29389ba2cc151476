"""Where the pages of the leads are: below the workspace's own list of leads, and below its public pages."""

from core.sdk import csrf, public, workspace

leads = workspace("leads", "plugins.leads", "leads", module="leads", template_folder="templates")
for_strangers = public("leads_public", "plugins.leads", "leads", module="leads")

csrf.exempt(for_strangers)
"""A form may stand on the company's own site, where there is no session of ours to take a token from, and who posts
it acts as nobody: there is nothing to forge. A hidden trap, the time it takes and a limit keep machines away."""

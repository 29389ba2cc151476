"""The pages of the people of a workspace: members, departments, invitations, leave."""

from core.auth.views.people import absences, bulk, inviting, links, members, teams
from core.auth.views.people.blueprint import people

__all__ = ["absences", "bulk", "inviting", "links", "members", "people", "teams"]

"""The security policy of a workspace, seen and changed: a page, and a resource of the API."""

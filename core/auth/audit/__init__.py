"""The audit log: who did what, from where, and what it was before. A page, a resource of the API, a file."""

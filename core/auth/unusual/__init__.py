"""Telling those who look after security of a member who looks at, or takes out, unusually much."""

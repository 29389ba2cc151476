"""Users, members, sign-in, API tokens, and the context that each request and job works in."""

"""Signing in with an account that one has elsewhere: the installation's providers, and a company's own."""

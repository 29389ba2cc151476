"""Leads: people who may buy and are not customers yet."""

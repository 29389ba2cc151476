"""Leads that other systems push: proving who sends, reading what they send, and taking each thing once."""

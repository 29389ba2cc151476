"""Leads that write a mail: mailboxes, reading what came, and the thread it belongs to."""

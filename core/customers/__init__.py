"""Customers, their contacts, and the page that shows everything known of one."""

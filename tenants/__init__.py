"""The business of being a tenant: signing up, plans, switching modules on and off."""

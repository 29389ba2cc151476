"""Where somebody is signed in: one row for each browser, so that it can be seen, limited and ended."""

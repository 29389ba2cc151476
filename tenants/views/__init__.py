"""Pages for companies: the front door, signing up, their settings, and the operator's console."""

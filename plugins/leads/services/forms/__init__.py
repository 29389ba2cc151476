"""Web forms: made by members, filled in by strangers."""

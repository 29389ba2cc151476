"""Exports that come back edited: what was changed in the sheet, what was changed here since, and what to take."""

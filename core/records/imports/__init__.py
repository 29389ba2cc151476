"""Importing records from files: look, map, preview, run in the background, see what became of each row."""

"""Handing over what a member has, when they leave or change teams: seen before, done at once, taken back at once."""

"""Seeing what becomes of leads: each figure is tables of numbers, and each number finds the leads behind it."""

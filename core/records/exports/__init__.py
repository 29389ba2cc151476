"""Records as files: exactly what a list shows, or all of it, as CSV or as a workbook that can come back."""

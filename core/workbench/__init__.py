"""For those who write plugins: a first one to begin with, and the verdict that the project's own tests give."""

"""Learning from won and lost leads, in a process of its own: `python -m plugins.leads.learning`.

It takes JSON and gives JSON, and knows neither the database nor the application. So the libraries that it needs are
loaded by nobody else, and what one tenant's leads taught never meets another's.
"""

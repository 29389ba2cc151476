"""`guanxi up`: everything on one machine, started, kept alive and stopped by one command."""

from core.up.launch import up
from core.up.services import running

__all__ = ["running", "up"]

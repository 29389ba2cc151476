"""Columns of values and outcomes in by the standard input, a score card out."""

import json
import sys

from plugins.leads.learning.teaching import teach

if __name__ == "__main__":
    json.dump(teach(json.load(sys.stdin)), sys.stdout)

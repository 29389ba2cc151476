"""Working a lead: the inbox, what to do next, converting it or giving it up."""

"""Who gets a lead: the list of rules, and the sellers that it chooses among."""

"""Records that are there twice: warned of while one types, found at night, merged, and given back to each side."""

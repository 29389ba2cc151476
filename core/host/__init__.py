"""The host of the plugins: what they declare, how they are loaded, how they are asked."""

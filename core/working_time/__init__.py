"""When a workspace works: its week, its holidays, and arithmetic in the hours between."""

"""Formulas: a small language over the fields of a record, compiled to SQL; and roll-ups of related records.

`tokens` and `parser` make a tree of `nodes`; `translating` walks it once, checks every type and writes the SQL
(`sql`), with the `functions` of the language; `rollups` sums up related records; `fields` are the field types of both,
and `values` reads what they come to for whole records.
"""

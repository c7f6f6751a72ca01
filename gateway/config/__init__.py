"""Reads what analysts and IG leads wrote: mappings, codes, councils, tables. Mistakes are told by file and line."""

"""Reading what analysts and IG leads wrote: mappings, code lists, councils, tables. Every mistake is told by file, line and column."""

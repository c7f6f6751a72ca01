"""The only room that knows a database: tables, the one writer, content, reads."""

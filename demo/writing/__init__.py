"""From canonical records to rows of four databases: views, tables, bulk loading."""

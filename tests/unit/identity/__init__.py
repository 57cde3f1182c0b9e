"""Who is who: numbers, names, units, matching."""

"""Who is who: normalising, matching and stitching what departments say of one person or unit."""

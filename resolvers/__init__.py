"""One request's work: gather from the departments, batch, stitch, answer."""

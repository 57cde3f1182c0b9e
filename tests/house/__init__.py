"""Guards over the project itself: names, sizes, literals, leaks, style."""

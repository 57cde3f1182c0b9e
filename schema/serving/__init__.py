"""What a browser meets before the graph itself: pages, their files and their headers."""

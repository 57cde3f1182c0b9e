"""Work over whole populations, streamed; never the city in memory."""

"""Checks a mapping against the live schema for its department's DBA; reads only."""

"""The explorer: linked views of an atlas, live in notebooks and in HTML files."""

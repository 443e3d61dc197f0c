"""Pictures of views, drawn with Pillow: what a notebook shows where nothing is alive."""

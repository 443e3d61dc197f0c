"""What a page in a browser is made of: numbers, pictures and the code of the views."""

"""The pages for people: sign in, choose content, export, watch, download."""

"""HTML, as platforms store it and as Markdown holds it, read into the neutral document."""

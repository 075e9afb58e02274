"""QTI packages: tests of open questions, as platforms for assessment exchange them."""

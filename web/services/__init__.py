"""The work behind handlers, whichever route or page calls it."""

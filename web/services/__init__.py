"""What handlers do, whichever route or page asks."""

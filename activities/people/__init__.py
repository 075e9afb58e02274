"""Who people are to the service, and what they hand on: sessions, ways in, shares, mails."""

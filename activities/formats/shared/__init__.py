"""What several formats are made with."""

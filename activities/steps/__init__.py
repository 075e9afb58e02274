"""The Temporal activities, and what wraps them."""

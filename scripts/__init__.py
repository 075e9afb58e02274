"""The commands of a checkout, and the modules that they share."""

"""The modules on which the commands stand."""

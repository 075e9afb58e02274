"""The modules on which every room stands; they import nothing above themselves."""

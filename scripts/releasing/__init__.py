"""The parts of a release, each made from the files of one commit."""

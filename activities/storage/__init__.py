"""Export files: keys, atomic publish, signatures of download URLs."""

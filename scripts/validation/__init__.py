"""What `validate_export_feature.py` checks, and how."""

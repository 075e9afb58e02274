"""The checks of `validate_export_feature.py`."""

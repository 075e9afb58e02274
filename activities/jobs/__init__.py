"""The job record: schema, migrations, queries."""

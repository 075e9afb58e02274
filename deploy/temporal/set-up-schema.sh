#!/bin/sh
# Creates Temporal's two databases and brings their schema up to date; safe to run again.
set -eu

for database in temporal visibility; do
  name=$database
  [ "$database" = visibility ] && name=temporal_visibility
  temporal-sql-tool --db "$name" create || echo "$name exists"
  temporal-sql-tool --db "$name" setup-schema -v 0.0 || echo "$name has a schema"
  temporal-sql-tool --db "$name" update-schema -d "/etc/temporal/schema/postgresql/v12/$database/versioned"
done

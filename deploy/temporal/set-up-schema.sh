#!/bin/sh
# Creates Temporal's two databases and brings their schema up to date; safe to run again.
set -eu

for database in temporal visibility; do
  name=$database
  [ "$database" = temporal ] || name=temporal_visibility
  temporal-sql-tool --db "$name" create
  temporal-sql-tool --db "$name" setup-schema -v 0.0
  temporal-sql-tool --db "$name" update-schema --schema-name "postgresql/v12/$database"
done

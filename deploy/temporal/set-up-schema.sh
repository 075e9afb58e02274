#!/bin/sh
# Brings the schema of Temporal's two databases up to date; safe to run again. They are there, and
# the role is theirs (deploy/postgresql/set-up-roles.sh).
set -eu

for database in temporal visibility; do
  name=$database
  [ "$database" = temporal ] || name=temporal_visibility
  temporal-sql-tool --db "$name" setup-schema -v 0.0
  temporal-sql-tool --db "$name" update-schema --schema-name "postgresql/v12/$database"
done

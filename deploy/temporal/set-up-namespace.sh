#!/bin/sh
# Makes the namespace and the search attributes of the export service; safe to run again.
set -eu

temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 168h

# A new namespace is not known everywhere in the server at once.
tries=0
until temporal operator search-attribute list --namespace default >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || exit 1
  sleep 1
done

for name in ExportOwner ExportFormat; do
  temporal operator search-attribute create --namespace default --name "$name" --type Keyword
done

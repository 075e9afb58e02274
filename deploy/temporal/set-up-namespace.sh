#!/bin/sh
# Makes the namespace and the search attributes of the export service; safe to run again.
set -eu

temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 168h

for name in ExportOwner ExportFormat ExportStatus; do
  temporal operator search-attribute create --namespace default --name "$name" --type Keyword
done

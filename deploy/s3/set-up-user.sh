#!/bin/sh
# Makes the user of the service and gives it its bucket, and no other; safe to run again.
set -eu

user() {
  versitygw admin "$1" --access "$S3_USER_ACCESS_KEY" --secret "$S3_USER_SECRET_KEY" --role user
}

# A user who is there gets the secret of today.
tries=0
until user create-user || user update-user; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || exit 1
  sleep 1
done
versitygw admin change-bucket-owner --bucket exports --owner "$S3_USER_ACCESS_KEY"

#!/usr/bin/env bash
# Makes the roles when the database container starts for the first time.
set -euo pipefail
psql -v password="$ROLE_PASSWORD" -U postgres -f /roles.sql postgres

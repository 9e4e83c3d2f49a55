#!/usr/bin/env bash
# Real caches between wellhead and readers of every kind, while a newsroom publishes.
# Usage: run.sh PROGRAM [CACHE...]; the caches are those of caches.py, and all of them run unless some are named.
set -euo pipefail
exec python3 -B "$(dirname "$0")/newsday.py" "$@"

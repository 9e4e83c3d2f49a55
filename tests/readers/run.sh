#!/usr/bin/env bash
# Real readers, newsboat and feedparser, live through what a newsroom does to its feeds, on a running server.
# Usage: run.sh PROGRAM [PART...]; the parts are those of parts.py, and all of them run unless some are named.
set -euo pipefail
here=$(dirname "$0")
venv=$here/../../target/readers

# Not every Debian has feedparser, and the system's Python is not ours to change.
"$venv/bin/python" -c 'import feedparser' 2>/dev/null || {
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check 'feedparser>=6.0.11,<7'
}
exec "$venv/bin/python" -B "$here/parts.py" "$@"

#!/usr/bin/env bash
# newsboat reads a district's feed three times from a running server: all entries the first time, a 304 the third.
# Usage: newsboat.sh PROGRAM
set -euo pipefail
program=$1
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

"$program" import --store "$work/store.db" --feeds feeds --source newsboat fixtures/site/articles.jsonl
"$program" serve --store "$work/store.db" --feeds feeds --listen 127.0.0.1:0 --log wellhead=debug \
    >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 100); do
    address=$(sed -n 's/^  open  *\(http[^ ]*[0-9]\)\/$/\1/p' "$work/out")
    [ -n "$address" ] && break
    sleep 0.1
done

echo "$address/districts/daan.atom" >"$work/urls"
printf 'reload-threads 1\n' >"$work/config"
read_once() {
    newsboat -u "$work/urls" -c "$work/cache.db" -C "$work/config" -x reload
}
read_once
expected=$("$program" feeds --store "$work/store.db" --feeds feeds | awk -F'\t' '$1 == "/districts/daan.atom" { print $2 }')
unread=$(newsboat -u "$work/urls" -c "$work/cache.db" -C "$work/config" -x print-unread | grep -o '[0-9]*')
[ "$unread" = "$expected" ] || { echo "newsboat has $unread of $expected articles"; exit 1; }
read_once
read_once
statuses=$(sed 's/\x1b\[[0-9;]*m//g' "$work/log" | sed -n 's/.*path="\/districts\/daan.atom" status=\([0-9]*\).*/\1/p' | tr '\n' ' ')
case $statuses in
"200 "*" 304 ") echo "newsboat read $unread articles; the server answered $statuses" ;;
*) echo "newsboat was answered $statuses"; cat "$work/log"; exit 1 ;;
esac

#!/usr/bin/env bash
# The pages in a real browser, and axe-core's look at each kind of them. Chromium, its driver and npm must be there.
set -euo pipefail
cd "$(dirname "$0")/../.."
axe=$PWD/target/axe
[ -f "$axe/node_modules/axe-core/axe.min.js" ] ||
    npm install --prefix "$axe" --no-save --no-package-lock --no-audit --no-fund --silent axe-core@4.14.1
export WELLHEAD_AXE=$axe/node_modules/axe-core/axe.min.js
cargo build --locked
cargo test --locked --package wellhead-browser-tests -- --ignored --test-threads=2

#!/usr/bin/env bash
# Builds what is missing and runs the example with --fast: 20 MB of real JSON from bash through Python and Node to bash.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/setup.sh

need_node
need_tools g++ make python3
build_all
exec node dist/cli.js run --fast -o examples/browser-support

#!/usr/bin/env bash
# Writes include/sidereal.h and capi/symbols.txt anew from capi/src. A test compares them.
#
#   scripts/header.sh
set -euo pipefail

cd "$(dirname "$0")/.."

cargo=$(command -v cargo) || cargo=${CARGO_HOME:-$HOME/.cargo}/bin/cargo
SIDEREAL_WRITE_HEADER=1 "$cargo" test --quiet --package sidereal-tests --test header
git --no-pager diff --stat -- include/sidereal.h capi/symbols.txt

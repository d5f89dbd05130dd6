#!/bin/sh
# Requests per second of the service in each state of its debugger, beside a build without it.
# usage: load.sh [ROUNDS] [SECONDS]
# Wants `oha` (cargo install oha --locked) or `wrk` in the PATH, or oha in target/tools/bin.
set -eu
cd "$(dirname "$0")/../../.."
target=${CARGO_TARGET_DIR:-target}
PATH=$target/tools/bin:$PATH
export PATH
cargo build --release -q -p dapstub-rhai --bin dapstub-rhai --no-default-features --target-dir "$target/without-debugger"
cargo build --release -q -p dapstub-rhai --bin dapstub-rhai --example load
exec "$target/release/examples/load" "$target/without-debugger/release/dapstub-rhai" "$target/release/dapstub-rhai" "$@"

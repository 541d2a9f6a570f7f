#!/bin/sh
# Run every test: Python's, the browser's, the front end's. Fails if any fails, or if none ran.
#
# The browser tests are a run of their own because the browser's driver keeps an event loop
# open, which the asynchronous tests would meet. With TESTS=path only that part runs.
set -u
cd "$(dirname "$0")/.."

LARGESSE_CHROMIUM=$(scripts/chromium.sh)
if [ -n "$LARGESSE_CHROMIUM" ]; then export LARGESSE_CHROMIUM; else unset LARGESSE_CHROMIUM; fi

# Node may have come as a wheel; some tests talk to us with JavaScript clients.
PATH="$(pwd)/.venv/bin:$PATH"
export PATH

if [ -n "${TESTS:-}" ]; then
    # shellcheck disable=SC2086 # several paths may be named
    exec .venv/bin/python -m pytest $TESTS
fi

failed=
# pytest ends with 5 when it found no test, which is a failure like any other.
.venv/bin/python -m pytest --ignore=tests/e2e tests || failed="$failed python"
.venv/bin/python -m pytest tests/e2e || failed="$failed browser"
scripts/front.sh run test || failed="$failed web"

if [ -n "$failed" ]; then
    echo "Failed:$failed" >&2
    exit 1
fi

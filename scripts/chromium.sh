#!/bin/sh
# Print the Chromium for the browser tests, installing Debian's if we may.
#
# Prints nothing when there is none: the browser tests then fail and say the same.
set -eu

if [ -n "${LARGESSE_CHROMIUM:-}" ]; then
    echo "$LARGESSE_CHROMIUM"
    exit 0
fi

find_one() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

find_one && exit 0
as_root=
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null && { [ -z "$as_root" ] || sudo -n true 2>/dev/null; }; then
    echo "Installing Chromium for the browser tests" >&2
    { $as_root apt-get -q update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install chromium; } >&2
    find_one && exit 0
fi
echo "The browser tests need Chromium and will fail: apt-get install chromium as root, or set LARGESSE_CHROMIUM to one." >&2

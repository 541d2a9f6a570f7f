#!/bin/sh
# Build web/dist when its sources changed; with arguments, run npm with them in web/ instead.
#
#   scripts/front.sh               build
#   scripts/front.sh run check     the same as npm run check, with all it needs
set -eu
cd "$(dirname "$0")/.."

fits() { # node and npm in PATH that can build the front end
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
        process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null &&
        [ "$(npm --version 2>/dev/null | cut -d. -f1)" -ge 10 ] 2>/dev/null
}

have_node() {
    if [ -x .venv/bin/node ]; then
        PATH="$(pwd)/.venv/bin:$PATH"
    elif ! fits; then
        echo "No node 20.19+ with npm 10+ on this machine; taking both from a wheel" >&2
        scripts/environment.sh node
        PATH="$(pwd)/.venv/bin:$PATH"
    fi
    export PATH
    # Trust whom the machine trusts: behind a company's proxy that is more than node's own list.
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -f /etc/ssl/certs/ca-certificates.crt ]; then
        export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
    fi
    export npm_config_update_notifier=false
    # npm wants a cache; a home that is missing or not ours must not stop a build.
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        export npm_config_cache="$(pwd)/.venv/npm-cache" HOME="$(pwd)/.venv"
    fi
}

install() {
    packages="$(cksum <web/package-lock.json) $(node --version)"
    [ "$(cat web/node_modules/.installed 2>/dev/null)" = "$packages" ] && return
    echo "Installing the front end's packages" >&2
    # No package's own install script is needed, so none is run.
    (cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
    echo "$packages" >web/node_modules/.installed
}

if [ $# -gt 0 ]; then
    have_node
    install
    cd web
    exec npm --silent "$@"
fi

sources="$(find web -type f ! -path 'web/node_modules/*' ! -path 'web/dist/*' ! -path 'web/tests/*' \
    -exec cksum {} + | LC_ALL=C sort | cksum)"
if [ -f web/dist/index.html ] && [ "$(cat web/dist/.built 2>/dev/null)" = "$sources" ]; then
    exit 0
fi
have_node
install
echo "Building the front end" >&2
(cd web && npm --silent run build >/dev/null)
echo "$sources" >web/dist/.built

#!/bin/sh
# Make .venv hold what a lock file says, and nothing when it already does.
#
#   scripts/environment.sh run     what the house needs to run
#   scripts/environment.sh dev     that and what its tests need
#   scripts/environment.sh node    add node and npm as wheels
#
# Needs Python 3.11 or newer with pip or ensurepip (PYTHON names another one). No compiler.
set -eu
cd "$(dirname "$0")/.."

case "${1:-run}" in
    run) lock=requirements.lock ;;
    dev) lock=requirements-dev.lock ;;
    node) lock=requirements-node.lock ;;
    *) echo "usage: $0 run|dev|node" >&2; exit 2 ;;
esac
python=.venv/bin/python
stamp=.venv/holds-$lock
# The path is part of it: an environment does not survive being moved.
wanted="$(pwd) $(cat "$lock" pyproject.toml | cksum)"

if [ -x "$python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
# The tests' environment holds all that running needs.
if [ "$lock" = requirements.lock ] && [ -x "$python" ] && "$python" -c "import largesse" 2>/dev/null &&
    [ "$(cat .venv/holds-requirements-dev.lock 2>/dev/null)" = "$(pwd) $(cat requirements-dev.lock pyproject.toml | cksum)" ]; then
    exit 0
fi

stop() {
    echo "$*" >&2
    exit 1
}

[ -w . ] || stop "Cannot write to $(pwd). The environment, the front end and the data are made there; copy the checkout to a folder of yours."

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    stop "Largesse needs Python 3.11 or newer (Debian: apt-get install python3). Set PYTHON to one."
}

give_pip() {
    "$python" -m pip --version >/dev/null 2>&1 && return
    "$python" -m ensurepip --default-pip >/dev/null 2>&1 && return
    "$1" -m pip --version >/dev/null 2>&1 &&
        "$1" -m pip -q --python "$python" install --disable-pip-version-check pip 2>/dev/null && return
    # Debian splits ensurepip off into python3-venv, which only root can install.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq update && apt-get -qq -y install python3-venv >/dev/null &&
            "$python" -m ensurepip --default-pip >/dev/null 2>&1 && return
    fi
    stop "This Python has neither pip nor ensurepip. As root: apt-get install python3-venv"
}

system=$(find_python)
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    { [ -f .venv/made-in ] && [ "$(cat .venv/made-in)" != "$(pwd)" ]; }; then
    echo "Making .venv with $("$system" --version)" >&2
    "$system" -m venv --clear .venv >/dev/null 2>&1 || "$system" -m venv --without-pip --clear .venv
fi
pwd >.venv/made-in
give_pip "$system"

echo "Installing $lock" >&2
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
[ -w "${HOME:-/nonexistent}" ] || export PIP_NO_CACHE_DIR=1
"$python" -m pip -q install --require-hashes --no-deps -r "$lock" ||
    stop "The packages of $lock could not be installed. Is the package index reachable? Run make again."
if [ "$lock" != requirements-node.lock ]; then
    "$python" -m pip -q install --no-deps --no-build-isolation --no-index -e .
fi
echo "$wanted" >"$stamp"

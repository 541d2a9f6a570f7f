#!/bin/sh
# Run the benchmark that is named, or all of them one after the other.
set -eu
cd "$(dirname "$0")/.."

names=${1:-$(for file in bench/*.py bench/*/__main__.py; do
    [ -f "$file" ] && grep -q '__main__' "$file" /dev/null || [ "${file##*/}" = __main__.py ] || continue
    name=${file#bench/}
    name=${name%/__main__.py}
    echo "${name%.py}"
done)}
[ -n "$names" ] || { echo "There is no benchmark in bench/." >&2; exit 1; }
for name in $names; do
    [ -f "bench/$name.py" ] || [ -f "bench/$name/__main__.py" ] || { echo "There is no benchmark $name." >&2; exit 1; }
    .venv/bin/python -m "bench.$name"
done

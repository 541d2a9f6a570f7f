#!/bin/sh
# Score the ledger's tests by mutants: of its pure rules, of its posting SQL, or of both.
#
#   scripts/mutants.sh rules   mutmut, as pyproject.toml says
#   scripts/mutants.sh sql     the seeds in tests/mistakes
set -eu
cd "$(dirname "$0")/.."

rules() {
    .venv/bin/mutmut run --max-children 2
    # Survivors by name; "mutmut show NAME" prints what was changed.
    .venv/bin/mutmut results
    .venv/bin/mutmut export-cicd-stats >/dev/null
    .venv/bin/python - <<'END'
import json
from pathlib import Path

told = json.loads(Path("mutants/mutmut-cicd-stats.json").read_text())
killed = told["killed"] + told["timeout"]
print(f"{killed} of {told['total']} mutants killed: {100 * killed / told['total']:.1f} %")
END
}

case "${1:-all}" in
    rules) rules ;;
    sql) .venv/bin/python -m tests.mistakes ;;
    all) rules && .venv/bin/python -m tests.mistakes ;;
    *) echo "usage: $0 [rules|sql]" >&2; exit 2 ;;
esac

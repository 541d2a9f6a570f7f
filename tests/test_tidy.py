"""Taste, held by a machine: sizes, names, words, and nothing that rots."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import largesse
from largesse.kernel.errors import LargesseError
from largesse.kernel.problems import PROBLEMS

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "src" / "largesse"

FILE_LINES_MAX = 350
TEST_LINES_MAX = 450
FUNCTION_LINES_MAX = 60
POSITIONAL_MAX = 4

BANNED_FILES = {"utils", "util", "helpers", "helper", "manager", "service", "services", "common"}
BANNED_ENDINGS = ("Utils", "Helper", "Manager", "Service")
MONEY_ROOMS = ("ledger", "recharge", "gifts", "payments", "wallet", "creators", "catalogue")
# They know everything by design: they put the house together.
ASSEMBLY = {"main.py", "cli.py", "running.py", "demo.py", "http"}
# Folders of tests that belong to no one package.
WHOLE_HOUSE = {"e2e", "journeys", "operating", "standins", "support", "vectors"}


def python_files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def text_files() -> Iterator[Path]:
    """Every file of ours that a person may read, wherever it is."""
    built = {".venv", "node_modules", "dist", "mutants", "var", "__pycache__", "test-results"}
    readable = {
        ".py", ".md", ".toml", ".sh", ".sql", ".ts", ".svelte", ".css", ".html", ".yaml", ".yml",
        ".json", ".lock", ".mjs", ".js", ".svg", "", ".txt",
    }  # fmt: skip
    pending = [ROOT]
    while pending:
        for path in pending.pop().iterdir():
            if path.is_dir():
                hidden = path.name.startswith(".") and path.name != ".ci"
                if not hidden and path.name not in built:
                    pending.append(path)
            elif path.suffix in readable and not path.name.startswith(".git"):
                yield path


def where(path: Path, line: int | None = None) -> str:
    return str(path.relative_to(ROOT)) + ("" if line is None else f":{line}")


def test_files_stay_small() -> None:
    long = []
    for path in python_files("src", "tests", "bench", "scripts"):
        lines = len(path.read_text().splitlines())
        limit = TEST_LINES_MAX if "tests" in path.relative_to(ROOT).parts else FILE_LINES_MAX
        if lines > limit:
            long.append(f"{where(path)} has {lines} lines, more than {limit}")
    assert not long, "\n".join(long)


def test_functions_stay_small_and_take_few_arguments_by_place() -> None:
    large = []
    for path in python_files("src", "tests", "bench", "scripts"):
        for function in functions(parsed(path)):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                large.append(f"{where(path, function.lineno)} {function.name} has {lines} lines")
            by_place = [*function.args.posonlyargs, *function.args.args]
            # What the framework or pytest hands over by name is no burden, however many.
            by_name = "tests" in path.relative_to(ROOT).parts or path.name.endswith("routes.py")
            names = [argument.arg for argument in by_place if argument.arg not in {"self", "cls"}]
            if len(names) > POSITIONAL_MAX and not by_name:
                large.append(f"{where(path, function.lineno)} {function.name} takes {len(names)}")
    assert not large, "\n".join(large)


def test_nothing_is_named_after_nothing() -> None:
    vague = [where(path) for path in python_files("src", "tests") if path.stem in BANNED_FILES]
    for path in python_files("src"):
        classes = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]
        vague += [
            f"{where(path, node.lineno)} {node.name}"
            for node in classes
            if node.name.endswith(BANNED_ENDINGS)
        ]
    assert not vague, "\n".join(vague)


def test_every_file_says_what_it_is_for() -> None:
    silent = []
    for path in python_files("src", "bench", "scripts"):
        said = ast.get_docstring(parsed(path))
        if path.read_text().strip() and not said:
            silent.append(where(path))
        elif said and said.startswith(("This ", "Module ", "Contains ")):
            silent.append(f"{where(path)} begins with {said.split()[0]!r}")
    assert not silent, "\n".join(silent)


def test_every_package_says_what_lives_there() -> None:
    silent = []
    for path in sorted(SOURCES.rglob("__init__.py")):
        said = ast.get_docstring(parsed(path)) or ""
        if not 2 <= len(said.splitlines()) <= 10:
            silent.append(f"{where(path)}: {len(said.splitlines())} lines")
    assert not silent, "\n".join(silent)


def test_no_float_comes_near_money() -> None:
    """Seconds may be fractions; amounts may not, and a true division makes a float."""
    found = []
    rooms = [path for room in MONEY_ROOMS for path in sorted((SOURCES / room).rglob("*.py"))]
    for path in [*rooms, SOURCES / "kernel" / "money.py"]:
        tree = parsed(path)
        times = {id(inner) for node in ast.walk(tree) if _is_time(node) for inner in ast.walk(node)}
        found += [
            f"{where(path, node.lineno)} {ast.unparse(node)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.expr | ast.stmt)
            and id(node) not in times
            and _makes_float(node)
        ]
    assert not found, "\n".join(found)


def _makes_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float()):
            return True
        case ast.Call(func=ast.Name(id="float")):
            return True
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            # A path divided by a name is a path.
            return not any(
                isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right)
            )
        case ast.AugAssign(op=ast.Div()):
            return True
    return False


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_time(node: ast.AST) -> bool:
    """A value whose name says that it is seconds, or an argument of something that waits."""
    names: list[str] = []
    match node:
        case ast.Assign(targets=targets):
            names = [ast.unparse(target) for target in targets]
        case ast.AnnAssign(target=target):
            names = [ast.unparse(target)]
        case ast.keyword(arg=str(name)):
            names = [name]
        case ast.Call(func=function):
            names = [ast.unparse(function)]
    return any(re.search(r"seconds|_s$|timeout|sleep|wait", name.lower()) for name in names)


def test_only_a_store_speaks_sql() -> None:
    """Rows never leave a store. The kernel has the database itself, so it is exempt."""
    found = []
    words = r"\s*(select|insert into|update|delete from|with|copy|call|truncate)\s"
    statement = re.compile(words, re.IGNORECASE)
    for path in python_files("src"):
        inside = path.relative_to(SOURCES)
        # A store that outgrew one file is several, each with the word at its end.
        if inside.parts[0] == "kernel" or path.stem.endswith("store"):
            continue
        found += [
            f"{where(path, node.lineno)} {node.value.split()[:4]}"
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and statement.match(node.value)
            and len(node.value.split()) > 3
        ]
    assert not found, "\n".join(found)


def test_features_meet_at_the_front_door() -> None:
    """A feature imports another's package, never a file inside it."""
    found = []
    for path in python_files("src"):
        own = path.relative_to(SOURCES).parts[0]
        if own in ASSEMBLY:
            continue
        for line, module in _imported(parsed(path)):
            parts = module.split(".")
            inside_another = len(parts) > 2 and parts[1] not in {own, "kernel"}
            if parts[0] == "largesse" and inside_another:
                found.append(f"{where(path, line)} imports {module}")
    assert not found, "\n".join(found)


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def test_the_locks_hold_every_dependency_that_is_declared() -> None:
    """A name in pyproject.toml that no `make lock` followed would be missing on a new machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    running = [*project["project"]["dependencies"]]
    running += [
        name for extra in project["project"]["optional-dependencies"].values() for name in extra
    ]
    missing = []
    for lock, wanted in {
        "requirements.lock": running,
        "requirements-dev.lock": [*running, *project["dependency-groups"]["dev"]],
        "requirements-node.lock": project["dependency-groups"]["node"],
    }.items():
        held = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
        names = {re.split(r"[^A-Za-z0-9._-]", name)[0].lower() for name in wanted}
        missing += [f"{lock} lacks {name}" for name in sorted(names - held)]
    assert not missing, "\n".join(missing)


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
    found = []
    for path in text_files():
        # The front end's own check names the marks that it looks for.
        if path != ROOT / "web" / "scripts" / "tidy.mjs" and path.suffix in {
            ".py",
            ".sh",
            ".sql",
            ".ts",
            ".svelte",
            ".css",
            ".md",
            ".mjs",
        }:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if marks.search(line):
                    found.append(where(path, number))
    assert not found, "\n".join(found)


def test_an_exception_from_the_types_gives_its_reason() -> None:
    bare = re.compile(r"#\s*type:\s*ignore(?!\[[^\]]+\]\s*#\s*\S)")
    found = [
        where(path, number)
        for path in python_files("src", "tests", "bench")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_machine_is_written_into_the_house() -> None:
    """A path of one machine or the address of one registry works for one person only."""
    path_here = re.compile(r"(?<![\w.-])/(work|farm|root|Users|home/\w+)/")
    registry = re.compile(r"(pypi|npmjs|pythonhosted)\.org")
    found = []
    for path in text_files():
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if path_here.search(line) or registry.search(line):
                found.append(f"{where(path, number)} {line.strip()[:80]}")
    assert not found, "\n".join(found[:20])


def test_every_link_in_the_docs_leads_somewhere() -> None:
    link = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
    dead = []
    for path in text_files():
        if path.suffix != ".md":
            continue
        for match in link.finditer(path.read_text()):
            target = (match.group(1) or match.group(2)).partition("#")[0]
            if not target or re.match(r"[a-z]+:", target):
                continue
            if not (path.parent / target).exists():
                dead.append(f"{where(path)} -> {target}")
    assert not dead, "\n".join(dead)


def test_every_package_has_its_tests_and_every_test_its_package() -> None:
    packages = {path.parent.name for path in SOURCES.glob("*/__init__.py")}
    tested = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert packages <= tested, f"no tests for {sorted(packages - tested)}"
    assert tested - WHOLE_HOUSE <= packages, f"no package for {sorted(tested - packages)}"


@pytest.fixture(scope="module")
def refusals() -> list[type[LargesseError]]:
    """Every refusal of the house, wherever it is declared."""
    for module in pkgutil.walk_packages(largesse.__path__, "largesse."):
        # Alembic runs its own files; they are scripts and declare no refusal.
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
    pending, found = [LargesseError], []
    while pending:
        refusal = pending.pop()
        found.append(refusal)
        pending.extend(refusal.__subclasses__())
    return [refusal for refusal in found if refusal.__module__.startswith("largesse")]


def test_every_refusal_has_its_row_in_the_table_of_problems(
    refusals: list[type[LargesseError]],
) -> None:
    missing = {
        f"{refusal.__qualname__}: {refusal.code}"
        for refusal in refusals
        if refusal.code not in PROBLEMS
    }
    assert not missing, "\n".join(sorted(missing))


def test_every_refusal_is_a_sentence_for_a_person(refusals: list[type[LargesseError]]) -> None:
    wordless = [refusal.__qualname__ for refusal in refusals if not (refusal.__doc__ or "").strip()]
    assert not wordless


def test_every_row_of_the_table_of_problems_is_in_use(refusals: list[type[LargesseError]]) -> None:
    spoken = {refusal.code for refusal in refusals}
    code = "\n".join(path.read_text() for path in python_files("src") if path.stem != "problems")
    dead = {row for row in PROBLEMS if row not in spoken and f'"{row}"' not in code}
    assert not dead

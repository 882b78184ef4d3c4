"""The layers of docs/concepts.md: imports go downward only."""

from __future__ import annotations

import ast
import builtins
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import gitcoord

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(gitcoord.__file__).parent

ALL = {"errors", "dataclass"}
BELOW = {
    "interfaces": {"interfaces", "hook", "setup", "sync", "domain", "guard", "ledger", "kernel", "policy", *ALL},
    "setup": {"setup", "sync", "domain", "guard", "ledger", "kernel", "policy", *ALL},
    "sync": {"sync", "domain", "guard", "ledger", "kernel", "policy", *ALL},
    "hook": {"hook", "guard", "kernel", "policy", *ALL},
    "domain": {"domain", "guard", "ledger", "kernel", "policy", *ALL},
    "guard": {"guard", "kernel", "policy", *ALL},
    "ledger": {"ledger", "kernel", "policy", *ALL},
    "kernel": {"kernel", "policy", *ALL},
    "policy": {"policy", *ALL},
    "errors": ALL,
    "dataclass": set[str](),
    "__main__": {"interfaces", "hook"},
}
"""What each layer may import of ours, besides the package itself."""

CASES = sorted(path.stem for path in (PACKAGE / "errors").glob("*.py") if path.stem not in ("__init__", "remedy"))
"""Modules of `errors` with a class for each case."""

OWN_NAMES = ("FILE", "LOCK", "NAME", "DIRECTORY", "HEARD", "SLOW", "READING", "OWN", "LEARNED", "SEPARATE")
"""What modules call the name of a file of theirs."""

MOVES = {
    "domain/agent/writing.py": "a file of the user's, with its owner, and only where it is as expected",
    "domain/snapshot/restoring.py": "a file of the user's, whose name may be any bytes",
    "guard/record.py": "an old record makes room for a new one",
    "interfaces/http/access.py": "an old log makes room for a new one",
    "kernel/journal.py": "an old journal makes room for a new one",
    "hook/spool.py": "a name that nobody has yet",
    "kernel/doorbell.py": "a socket",
    "kernel/loose.py": "an object of git's: many at once",
    "kernel/packing.py": "packs of git's",
    "kernel/roster.py": "what is synced to the disk",
    "kernel/staging.py": "git's index, by its lock",
    "setup/installation/hooks_dir.py": "hooks of others are put aside",
    "setup/mend.py": "what is damaged is put aside",
    "sync/contact.py": "not a file: a clone gets another id",
}
"""Modules that move files themselves, and why."""

LIGHT = {
    "kernel": {
        *("spawn", "git", "refname", "treeformat", "process", "roster", "lightjson", "file", "sharing"),
        *("machine", "whereabouts", "coordfile", "atomic", "revision"),
    },
}
"""The part of the kernel that hook and guard may import: no pygit2, pydantic or typer behind it."""


def imports(path: Path) -> set[str]:
    """Dotted names of all modules of ours that a file imports."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {name.removeprefix("gitcoord.") for name in found if name.startswith("gitcoord.")}
    return ours - {"__version__"}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All parts of a module's syntax tree; a module is read once for all tests."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def modules() -> list[Path]:
    """All modules of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def test_imports_go_downward_only() -> None:
    """No module imports from a layer that its own may not see."""
    wrong = []
    for path in modules():
        layer = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if layer == "__init__":
            continue
        for name in imports(path):
            if name.partition(".")[0] not in BELOW[layer]:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert not wrong


def test_what_all_clones_must_agree_on_stands_apart() -> None:
    """The modules `record` and `apply` of a noun see only each other, payload fields, ledger and policy.

    A folder `apply` stands for a module.
    """
    wrong = []
    for path in sorted((PACKAGE / "domain").rglob("*.py")):
        if path.stem not in ("record", "apply") and path.parent.name != "apply":
            continue
        for name in imports(path):
            layer, _, rest = name.partition(".")
            inner = rest.split(".")
            frozen = layer == "domain" and (inner[0] == "fields" or {"record", "apply"}.intersection(inner[1:]))
            plain = layer == "kernel" and inner[0] in ("lightjson", "treeformat")
            if layer not in ("ledger", "policy", "errors", "dataclass") and not frozen and not plain:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert not wrong


def test_no_noun_calls_a_command_of_another() -> None:
    """A noun sees the records and views of the others, not what they can be asked."""
    wrong = []
    for path in sorted((PACKAGE / "domain").glob("*/*.py")):
        noun = path.parent.name
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "domain" and parts[2:3] == ["commands"] and parts[1] != noun:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert not wrong


def test_dataclasses_are_made_in_our_way() -> None:
    """No module makes them with the standard library, which takes six times as long: each command waits for fifty."""
    users = [
        str(path.relative_to(PACKAGE))
        for path in modules()
        for node in nodes(path)
        if (isinstance(node, ast.ImportFrom) and node.module == "dataclasses")
        or (isinstance(node, ast.Import) and any(alias.name == "dataclasses" for alias in node.names))
    ]
    assert users == ["dataclass.py"]


SMALL = {"session": "SessionId", "session_id": "SessionId", "event_id": "EventId", "claim_id": "EventId"}
"""The small types of `policy.ids` that parameters of these names have."""

OBJECTS = {"oid": "StoreOid or Oid", "commit": "StoreOid or Oid", "tip": "StoreOid or Oid", "ref": "RefName"}
"""The same for parameters and fields that name an object or a ref. Where it is the user's repository that is looked at
(`guard`, `domain`) a commit may be called `HEAD` and a branch anything, so only an `oid` is held there to be one.
"""

UNKNOWN_YET = {
    "domain/session/record.py:well_formed": "it says whether a text is one",
    "domain/radar/asking.py:_note": "an entry as git prints it, among others",
}
"""Functions that take a text for which that is not known yet."""


def test_parameters_that_are_ids_have_small_types() -> None:
    """A text becomes an id where it comes in, and below the interfaces everything that takes an id says so."""
    wrong = []
    for room in ("kernel", "ledger", "guard", "domain", "sync", "setup"):
        store = room not in ("guard", "domain")
        small = ({} if room == "guard" else SMALL) | (OBJECTS if store else {"oid": OBJECTS["oid"]})
        for path in sorted((PACKAGE / room).rglob("*.py")):
            name = path.relative_to(PACKAGE)
            for where, taken, annotation in _annotated(path):
                text = "str" in ast.unparse(annotation).split(" | ")
                if taken in small and text and f"{name}:{where}" not in UNKNOWN_YET:
                    wrong.append(f"{name}: {where} has {taken}, which is to be {small[taken]}")
    assert not wrong, "see gitcoord/policy/ids.py"


def _annotated(path: Path) -> Iterator[tuple[str, str, ast.expr]]:
    """The parameters of functions, and the fields of classes that are about objects: of what, name, annotation."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef):
            for parameter in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                if parameter.annotation is not None:
                    yield node.name, parameter.arg, parameter.annotation
        elif isinstance(node, ast.ClassDef):
            for field in node.body:
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and field.target.id in OBJECTS
                ):
                    yield node.name, field.target.id, field.annotation


def test_every_exception_stands_in_the_one_tree() -> None:
    """An exception is a class of `errors`, and the docstring there draws the kinds."""
    from gitcoord import errors

    known = {name for name, found in vars(errors).items() if isinstance(found, type)}
    cases = {
        node.name
        for name in CASES
        for node in nodes(PACKAGE / "errors" / f"{name}.py")
        if isinstance(node, ast.ClassDef)
    }
    tree = errors.__doc__ or ""
    shown = {name for name in known if issubclass(getattr(errors, name), BaseException)}
    assert not [name for name in shown if f" {name} " not in tree and f"\n    {name}\n" not in tree]
    raised = {
        name for name, found in vars(builtins).items() if isinstance(found, type) and issubclass(found, BaseException)
    }
    elsewhere = [
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in modules()
        if path.parent.name != "errors"
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
        and (shown | cases | raised).intersection(ast.unparse(base).rpartition(".")[2] for base in node.bases)
    ]
    assert not elsewhere


def test_an_error_is_made_of_data_and_makes_its_own_words() -> None:
    """An error is a class for its case, with data in: no kind is raised with words, and no case is given its hint."""
    from gitcoord import errors

    kinds = {
        name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, errors.CoordError)
    }
    own = {name for name in kinds if "__init__" in vars(getattr(errors, name)) and name != "CoordError"}
    wrong = []
    for path in (path for path in modules() if path.parent.name != "errors"):
        here = _imported(path, "gitcoord.errors")
        cases = _imported(path, *(f"gitcoord.errors.{name}" for name in CASES)) | (own & here)
        for node in nodes(path):
            if not isinstance(node, ast.Call):
                continue
            made = _dotted(node.func)
            hinted = made in cases or made.startswith("errors.")
            if made.removeprefix("errors.") in kinds - own and (made in here or made.startswith("errors.")):
                wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} raises a kind: {made}")
            elif hinted and any(_makes_a_remedy(part) for part in ast.iter_child_nodes(node)):
                wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} gives {made} its hint")
    assert not wrong, "make a class of gitcoord/errors that takes the data"


def _dotted(node: ast.expr) -> str:
    """A name with its dots, '' for any other expression."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _makes_a_remedy(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Call) and _dotted(part.func) in ("Remedy", "join", "typed") for part in ast.walk(node)
    )


def _imported(path: Path, *others: str) -> set[str]:
    """Names that a module imports from others."""
    return {
        alias.asname or alias.name
        for node in nodes(path)
        if isinstance(node, ast.ImportFrom) and node.module in others
        for alias in node.names
    }


def test_claims_do_not_know_of_messages() -> None:
    """Who is told of what happened to a claim is said by the noun message (`reactions`)."""
    claims = sorted((PACKAGE / "domain" / "claim").rglob("*.py"))
    assert claims
    assert not [path.name for path in claims for name in imports(path) if name.startswith("domain.message")]


def test_who_is_told_of_what_is_said_by_the_noun_message_alone() -> None:
    """The other nouns say what happened (`domain.reaction`); none of them writes or announces a message itself."""
    users = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if path.parts[len(PACKAGE.parts) : len(PACKAGE.parts) + 2] != ("domain", "message")
        and any(name.startswith("domain.message.notification") for name in imports(path))
    }
    assert users == {
        "domain/housekeeping.py",  # which looks round for what no operation says: sessions that are gone
        "sync/agree.py",  # which learns that the hub refused what was provisional: no operation here, and no workspace
    }


def test_only_the_kernel_imports_pygit2() -> None:
    """pygit2 is loaded by the kernel alone, so that the rest does not depend on it."""
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in modules()
        for node in nodes(path)
        if (isinstance(node, ast.Import) and any(alias.name.startswith("pygit2") for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pygit2"))
    }
    assert users == {"kernel"}


def test_hook_and_guard_import_only_the_light_part_of_the_kernel() -> None:
    """What everybody waits for on every commit stays light."""
    wrong = []
    for path in (*(PACKAGE / "hook").rglob("*.py"), *(PACKAGE / "guard").rglob("*.py")):
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "kernel" and len(parts) > 1 and parts[1] not in LIGHT["kernel"]:
                wrong.append(f"{path.name} imports {name}")
    assert not wrong


def test_nothing_below_the_interfaces_prints_or_reads_the_environment() -> None:
    """Output, exit and environment are the interfaces' affair; the rest is told."""
    wrong = []
    for layer in ("setup", "sync", "domain", "guard", "ledger", "kernel", "policy"):
        for path in (PACKAGE / layer).rglob("*.py"):
            for node in nodes(path):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "exit"):
                    wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} calls {node.func.id}")
                if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
                    wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} reads the environment")
    assert not wrong


def test_one_module_names_the_files_of_the_coord_directory() -> None:
    """No other module spells one of their names where it makes a path, or gives such a name a name of its own."""
    from gitcoord.kernel import coordfile

    names = coordfile.FILES | coordfile.DIRECTORIES
    wrong = []
    for path in (path for path in modules() if path.name != "coordfile.py"):
        for node in nodes(path):
            spelled: list[object] = []
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
                spelled = [node.right.value] if isinstance(node.right, ast.Constant) else []
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and node.targets[0].id in OWN_NAMES
            ):
                spelled = [node.value.value] if isinstance(node.value, ast.Constant) else []
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[-1], ast.Constant):
                spelled = [node.values[-1].value]
            found = [name for name in spelled if isinstance(name, str) and name.removeprefix("/") in names]
            wrong += [f"{path.relative_to(PACKAGE)}: {name}" for name in found]
    assert not [line for line in wrong if not line.endswith((": hooks", ": agents"))], "git and agents have such, too"


def test_files_are_replaced_in_one_place() -> None:
    """What has to be there whole or not at all is written by `kernel.atomic`."""
    users = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            node.func.attr == "rename"
            or ast.unparse(node.func) == "os.replace"
            or (node.func.attr == "replace" and len(node.args) == 1 and not node.keywords)
        )
    }
    assert users - {"kernel/atomic.py"} == set(MOVES)


def test_the_program_loads_a_command_only_when_it_is_called() -> None:
    """Asking for the version loads no command, nothing of the layers below, and no library, not even the parser."""
    code = (
        "import sys\nfrom gitcoord.interfaces.cli.main import run\nrun(['--version'], {})\n"
        "heavy = ('pygit2', 'pydantic', 'json', 'typer', 'click', 'subprocess', 'pathlib')\n"
        "print([m for m in sys.modules if m.startswith('gitcoord.') or m in heavy])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(ast.literal_eval(out.splitlines()[-1]))
    cli = {f"gitcoord.interfaces.cli.{name}" for name in ("main", "plain", "runs", "commands", "invocation")}
    kernel = {"gitcoord.kernel", "gitcoord.kernel.clock"}
    policy = {"gitcoord.policy", "gitcoord.policy.moment"}
    domain = {f"gitcoord.domain{name}" for name in ("", ".registry", ".command", ".outcome")}
    packages = ("dataclass", "errors", "errors.remedy", "interfaces", "interfaces.cli", "interfaces.envelope")
    names = {f"gitcoord.{name}" for name in packages}
    assert loaded <= names | cli | kernel | policy | domain


def test_only_one_module_loads_pygit2_and_only_when_it_is_used() -> None:
    """Importing every module of the package loads no pygit2: most commands do not need it."""
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in modules()]
    code = (
        "import importlib, sys\n"
        f"for name in {[name for name in names if not name.endswith('__main__')]!r}:\n"
        "    importlib.import_module(name)\n"
        "print('pygit2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

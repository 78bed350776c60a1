"""The layer table: who may import whom, from us and from outside. ruff holds the rest."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlx_jupyter

PACKAGE = Path(mlx_jupyter.__file__).parent
STDLIB = sys.stdlib_module_names

OURS = {
    "errors": set[str](),
    "heap": set(),
    "inputs": {"errors"},
    "messages": {"errors"},
    "wire": {"errors"},
    "catalog": {"errors", "demo"},
    "worker": {"messages", "inputs", "catalog", "errors", "heap"},
    "pool": {"messages", "catalog", "errors"},
    "server": {"pool", "wire", "messages", "inputs", "catalog", "errors", "heap", "_version"},
    "kernel": {"wire", "errors", "_version"},
    "demo": {"wire"},
    "_version": set(),
    "__main__": {"kernel"},
}
OUTSIDE = {
    "errors": set[str](),
    "heap": set(),
    "inputs": {"msgspec"},
    "messages": {"msgspec"},
    "wire": {"msgspec"},
    "catalog": {"msgspec", "jinja2", "huggingface_hub", "tqdm"},
    "worker": {
        "mlx",
        "mlx_lm",
        "mlx_vlm",
        "mlx_embeddings",
        "llguidance",
        "PIL",
        "numpy",
        "jinja2",
        "msgspec",
        "transformers",
    },
    "pool": {"psutil", "msgspec"},
    "server": {
        *{"jupyter_server", "jupyter_core", "tornado", "traitlets", "msgspec"},
        *{"PIL", "httpx", "prometheus_client"},
    },
    "kernel": {
        *{"httpx", "IPython", "ipywidgets", "msgspec", "ipykernel", "jupyter_core", "openai"},
        *{"numpy", "pandas", "PIL", "matplotlib", "platformdirs", "traitlets"},
    },
    "demo": {"nbclient", "nbformat"},
    "_version": set(),
    "__main__": set(),
}
EXEMPT = {"mlx_jupyter/demo/recipe"}
"""The maintainers' tool that trained the demo models: it is no part of the running product."""


def modules() -> Iterator[Path]:
    for file in sorted(PACKAGE.rglob("*.py")):
        folder = file.relative_to(PACKAGE.parent).as_posix()
        exempt = any(folder.startswith(tool) for tool in EXEMPT)
        if not exempt and file != PACKAGE / "__init__.py":
            yield file


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


@pytest.mark.parametrize("file", list(modules()), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_layer_may(file: Path) -> None:
    here = room(file)
    for name in imported(file):
        top, *rest = name.split(".")
        if top == "mlx_jupyter":
            assert rest[0] == here or rest[0] in OURS[here], f"{here} may not import {name}"
        elif top not in STDLIB:
            assert top in OUTSIDE[here], f"{here} may not import {name}"


def hidden_imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith("mlx_ju"):
                    yield f"{file.name}:{node.name}"


def test_our_own_modules_are_imported_at_the_top() -> None:
    assert not [found for file in modules() for found in hidden_imports(file)]


def test_there_are_no_import_cycles() -> None:
    names = [
        ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
        for file in modules()
        if file.stem not in ("__main__", "__init__")
    ]
    alone = [f"import {name}" for name in names if name.split(".")[1] != "worker"]
    for statement in alone[::29]:
        subprocess.run([sys.executable, "-c", statement], check=True)
    graph = {
        name: {n for n in imported(file_of(name)) if n.startswith("mlx_jupyter")} for name in names
    }
    edges = {
        name: {other for other in names if any(t == other or t.startswith(f"{other}.") for t in to)}
        for name, to in graph.items()
    }
    while leaves := [name for name, to in edges.items() if not to]:
        edges = {name: to - set(leaves) for name, to in edges.items() if name not in leaves}
    assert not edges


def file_of(name: str) -> Path:
    return PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py")


@pytest.mark.parametrize("statement", ["import mlx_jupyter", "import mlx_jupyter.kernel.magics"])
def test_the_kernels_side_imports_neither_mlx_nor_the_server(statement: str) -> None:
    code = (
        f"import sys, IPython; {statement};"
        "bad = {'mlx', 'mlx_lm', 'tornado', 'jupyter_server', 'transformers'} & sys.modules.keys();"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("file", list(modules()), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_what_is_public_is_listed_and_is_there(file: Path) -> None:
    """Read from the source, so that it holds for the worker too, which cannot be imported here."""
    tree = ast.parse(file.read_text())
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    defined = {name for node in tree.body for name in names_of(node)}
    if file.stem in ("__init__", "__main__") and not listed:
        return
    assert len(listed) == 1, "a module lists what is public"
    assert set(listed[0]) <= defined


def names_of(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [ast.unparse(target) for target in node.targets]
        case ast.AnnAssign():
            return [ast.unparse(node.target)]
        case ast.Import() | ast.ImportFrom():
            return [alias.asname or alias.name for alias in node.names]
    return []

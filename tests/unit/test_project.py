"""The frame: what is pinned, configured and shipped, and which way imports run."""

import ast
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from genre_app import cli
from genre_app.figures.confusion import BLUE, confusion_heatmap
from genre_app.genres import COLOURS, GENRES

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = "genre_app"

LAYERS: Final = (
    ("_scipy",),
    ("_scipy_more",),
    ("errors", "files", "genres", "places", "threads", "wording"),
    ("audio", "_source", "_decode", "_decoders"),
    ("isolated", "_helper"),
    ("logmel",),
    ("views",),
    ("panels",),
    ("sonify", "playback"),
    ("gtzan",),
    ("examples",),
    ("recipes",),
    ("architectures",),
    ("calibration", "familiarity"),
    ("training",),
    ("plain",),
    ("zoo",),
    ("evaluation",),
    ("reading", "explain", "components", "crossfade", "neighbours"),
    ("shipping", "rotation", "disagreement"),
    ("catalogue",),
    ("jobs",),
    ("collection",),
    ("figures",),
    ("report", "lessons"),
    ("explaining",),
    ("cli", "__main__"),
    ("ui",),
)
"""Modules and packages of genre_app. Each may import from its own row and the rows above."""

STREAMLIT_MAY: Final = (
    "app.py",
    "pages/",
    "genre_app/ui/",
    "benchmarks/visitor.py",
    "benchmarks/load.py",
)
"""Where Streamlit may be imported."""

MACHINES: Final = {
    "Linux": {"sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix"},
    "Linux on ARM": {"sys_platform": "linux", "platform_machine": "aarch64", "os_name": "posix"},
    "macOS": {"sys_platform": "darwin", "platform_machine": "arm64", "os_name": "posix"},
    "Windows": {"sys_platform": "win32", "platform_machine": "AMD64", "os_name": "nt"},
}
PYTHONS: Final = ("3.11", "3.12", "3.13")

LARGEST: Final = 10_000_000
"""Bytes. Hugging Face refuses larger files outside its large-file storage."""


# Requirements


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirement_lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    # A comment starts the line or stands after a space.
    return [line for line in (re.sub(r"(^|\s)#.*", "", raw).strip() for raw in lines) if line]


def pins(name: str) -> list[Requirement]:
    return [Requirement(line) for line in requirement_lines(name) if not line.startswith("-")]


def environment(machine: str, python: str) -> dict[str, str]:
    return {
        **MACHINES[machine],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def applies(requirement: Requirement, where: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(where)


def pinned(requirements: list[Requirement], where: dict[str, str]) -> dict[str, str]:
    """Give the one version of each package, by its canonical name."""
    found: dict[str, str] = {}
    for requirement in requirements:
        if applies(requirement, where):
            (exactly,) = requirement.specifier
            assert exactly.operator == "==", f"{requirement} is no pin"
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is pinned twice"
            found[name] = exactly.version
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_hold_every_direct_dependency_within_its_bounds(
    name: str, machine: str, python: str
) -> None:
    where = environment(machine, python)
    described = project()
    wanted = (
        described["project"]["dependencies"]
        if name == "requirements.txt"
        else described["dependency-groups"]["dev"]
    )
    found = pinned(pins(name), where)
    for requirement in map(Requirement, wanted):
        if applies(requirement, where):
            version = found.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement} is not pinned"
            assert requirement.specifier.contains(version), f"{requirement} but pinned {version}"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES)
def test_the_tools_pins_agree_with_the_apps(machine: str, python: str) -> None:
    where = environment(machine, python)
    app, tools = (pinned(pins(f"requirements{end}.txt"), where) for end in ("", "-dev"))
    assert {name: tools[name] for name in app.keys() & tools.keys()} == {
        name: app[name] for name in app.keys() & tools.keys()
    }


def test_the_tools_come_on_top_of_the_app() -> None:
    assert "-r requirements.txt" in requirement_lines("requirements-dev.txt")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_name_no_place_to_download_from(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|file:|--(extra-)?index|--find-links|--trusted-host| @ ", text)
    assert not re.search(r"(?<!\S)(/|~/|[A-Za-z]:\\)\w", text), "a path of somebody's machine"


# Configuration


def options(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from options(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def configuration() -> dict[str, Any]:
    return dict(options(tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))))


def test_streamlit_knows_every_option() -> None:
    from streamlit import config

    unknown = configuration().keys() - config.get_config_options().keys()
    assert not unknown


def test_strangers_see_no_tracebacks_and_uploads_need_a_token() -> None:
    found = configuration()
    assert found["client.showErrorDetails"] == "none"
    assert found["server.enableXsrfProtection"] is True
    assert found["logger.enableRich"] is False
    assert found["browser.gatherUsageStats"] is False


def test_streamlits_charts_have_the_colours_of_the_genres() -> None:
    assert configuration()["theme.chartCategoricalColors"] == [COLOURS[genre] for genre in GENRES]


def luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_theme_meets_wcag_aa(look: str) -> None:
    theme = {key.removeprefix(f"theme.{look}."): value for key, value in configuration().items()}
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5, "labels of primary buttons are white"
    for surface in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert contrast(theme["textColor"], surface) >= 4.5
        assert contrast(theme["linkColor"], surface) >= 4.5
        assert contrast(theme["primaryColor"], surface) >= 3
        assert contrast(theme["borderColor"], surface) >= 3


@pytest.mark.parametrize("look", ["light", "dark"])
def test_numbers_of_a_matrix_are_legible_on_every_cell(look: Literal["light", "dark"]) -> None:
    ground = configuration()[f"theme.{look}.backgroundColor"]
    figure = confusion_heatmap(np.diag(np.arange(1, 11)) * 10, ground=look)
    blue = [int(part) for part in BLUE.split(",")]
    below = [int(ground[start : start + 2], 16) for start in (1, 3, 5)]
    seen = 0
    for trace in figure.data[1:]:
        for text in filter(None, trace.text):
            share = int(text) / 100
            mixed = [round(share * b + (1 - share) * g) for b, g in zip(blue, below, strict=True)]
            cell = "#" + "".join(f"{part:02x}" for part in mixed)
            assert contrast(trace.textfont.color, cell) >= 3
            seen += 1
    assert seen == 10


def test_one_port_from_the_dockerfile_to_the_front_matter() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    exposed = re.findall(r"^EXPOSE (\d+)$", dockerfile, re.MULTILINE)
    served = re.findall(r"--server\.port=(\d+)", dockerfile)
    asked = re.findall(r"127\.0\.0\.1:(\d+)/_stcore/health", dockerfile)
    assert len(exposed) == 1
    assert exposed == served == asked
    readme = ROOT / "README.md"
    if readme.exists():
        front = re.match(r"---\n(.*?)\n---\n", readme.read_text(encoding="utf-8"), re.DOTALL)
        assert front, "README.md starts with the front matter of a Space"
        assert re.findall(r"^app_port: (\d+)$", front[1], re.MULTILINE) == exposed
        assert re.findall(r"^sdk: (\w+)$", front[1], re.MULTILINE) == ["docker"]


def test_tracked_files_are_small() -> None:
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            # The checkout may belong to somebody else than who runs the tests.
            ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        )
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
        large = [str(file) for file in files if file.is_file() and file.stat().st_size >= LARGEST]
        assert not large


# Imports


def imported(source: str, module: str, *, package: bool) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything imported, wherever in the file.

    ``from a import b`` gives ``a.b``, whether b is a module or not. Relative
    imports and ``import_module`` of a literal name count too.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")
                keep = len(above) - node.level + (1 if package else 0)
                base = ".".join(above[:keep] + ([base] if base else []))
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def sources(*places: str) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []
    return found


def imports_of(path: Path) -> list[tuple[int, str]]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = parts[-1] == "__init__"
    module = ".".join(parts[:-1] if package else parts)
    return list(imported(path.read_text(encoding="utf-8"), module, package=package))


def module_names(folder: Path, prefix: str) -> Iterator[str]:
    """Yield the names below a package without importing any, as walk_packages would."""
    for found in pkgutil.iter_modules([str(folder)]):
        name = f"{prefix}.{found.name}"
        yield name
        if found.ispkg:
            yield from module_names(folder / found.name, name)


def leftovers(statements: str, unwanted: set[str]) -> set[str]:
    """Say which unwanted packages a fresh interpreter has loaded after the statements."""
    code = f"{statements}\nimport sys; print('loaded', *({unwanted!r} & set(sys.modules)))"
    # Not from the tests' own environment: a coverage or notebook hook may import anything.
    shell = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=shell,
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].split()[1:])


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"numpy", "tensorflow", "keras", "streamlit", "librosa"}
    assert leftovers(f"import {PACKAGE}", heavy) == set()


def test_importing_the_library_loads_neither_streamlit_nor_tensorflow() -> None:
    names = [
        name
        for name in module_names(ROOT / PACKAGE, PACKAGE)
        # A __main__ runs when imported; what it imports is checked below.
        if name.split(".")[1] not in {"ui", "__main__"}
    ]
    assert f"{PACKAGE}.genres" in names
    statements = "\n".join(f"import {name}" for name in names)
    assert leftovers(statements, {"streamlit", "tensorflow", "keras"}) == set()


def test_reading_with_the_default_model_needs_no_tensorflow() -> None:
    statements = (
        "import numpy as np; from genre_app import audio, reading;"
        "noise = np.random.default_rng(0).normal(0, 0.1, 5 * audio.SAMPLE_RATE).astype('f');"
        "reading.read(audio.Recording(noise, 'noise', '', 'noise', audio.SAMPLE_RATE, 1))"
    )
    assert leftovers(statements, {"tensorflow", "keras"}) == set()


RANKS: Final = {name: rank for rank, row in enumerate(LAYERS) for name in row}


def test_every_module_has_a_layer() -> None:
    present = {found.name for found in pkgutil.iter_modules([str(ROOT / PACKAGE)])}
    unknown = present - RANKS.keys()
    assert not unknown, f"give {sorted(unknown)} a row of LAYERS in {Path(__file__).name}"


def test_imports_run_one_way() -> None:
    wrong = []
    for path in sources(PACKAGE):
        inside = path.relative_to(ROOT / PACKAGE)
        own = inside.parts[0].removesuffix(".py")
        # The package itself stands above all: everything may import it, it may import nothing.
        rank = -1 if own == "__init__" else RANKS.get(own, len(LAYERS))
        for line, name in imports_of(path):
            top, _, rest = name.partition(".")
            other = rest.split(".")[0]
            if top != PACKAGE or other in {"", "__version__"}:
                continue
            if other not in RANKS:
                wrong.append(f"{inside}:{line} imports {name}: no row of LAYERS names {other}")
            elif RANKS[other] > rank:
                wrong.append(f"{inside}:{line} imports {name} from further down")
    assert not wrong, "\n".join(wrong)


def test_scipy_is_imported_in_two_places_only() -> None:
    """Two threads that begin with two of its parts would meet inside, see ``_scipy``."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources("app.py", "pages", PACKAGE)
        if not path.name.startswith("_scipy")
        for line, name in imports_of(path)
        if name.split(".")[0] == "scipy"
    ]
    assert not wrong, f"import them from {PACKAGE}._scipy: {wrong}"


def test_only_the_interface_imports_streamlit() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources("app.py", "pages", PACKAGE, "benchmarks")
        if not path.relative_to(ROOT).as_posix().startswith(STREAMLIT_MAY)
        for line, name in imports_of(path)
        if name.split(".")[0] == "streamlit"
    ]
    assert not wrong, "\n".join(wrong)


def test_every_package_that_is_imported_is_a_declared_dependency() -> None:
    about = project()["project"]
    # What an extra brings is imported late, by what cannot be done without it.
    lines = [about["dependencies"], *about["optional-dependencies"].values()]
    declared = {canonicalize_name(Requirement(line).name) for one in lines for line in one}
    # The import's name is not always the package's: sklearn is scikit-learn.
    providers = packages_distributions()
    ours = {PACKAGE, "__future__", *sys.stdlib_module_names}
    missing = {
        name.split(".")[0]: f"{path.relative_to(ROOT)}:{line}"
        for path in sources("app.py", "pages", PACKAGE)
        for line, name in imports_of(path)
        if name.split(".")[0] not in ours
        and not declared & {canonicalize_name(one) for one in providers.get(name.split(".")[0], [])}
    }
    assert not missing, f"add to the dependencies in pyproject.toml: {missing}"


# The rules above are only as good as how imports are found.


@pytest.mark.parametrize(
    ("source", "package", "names"),
    [
        ("import genre_app.ui.state as s", False, ["genre_app.ui.state"]),
        ("from genre_app import logmel, views", False, ["genre_app.logmel", "genre_app.views"]),
        ("def f():\n    from streamlit import write", False, ["streamlit.write"]),
        ("from . import a", False, ["genre_app.gtzan.a"]),
        ("from . import a", True, ["genre_app.gtzan.build.a"]),
        ("from ..ui import a", False, ["genre_app.ui.a"]),
        ("importlib.import_module('streamlit.testing')", False, ["streamlit.testing"]),
    ],
)
def test_imports_are_found(source: str, package: bool, names: list[str]) -> None:
    found = imported(source, "genre_app.gtzan.build", package=package)
    assert [name for _, name in found] == names


def test_the_readmes_table_is_that_of_the_cards(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "--markdown"]) == 0
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [row for row in capsys.readouterr().out.splitlines() if row not in readme]
    assert not missing, "\n".join(["README.md lacks:", *missing])

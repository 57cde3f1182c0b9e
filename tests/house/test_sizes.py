"""Files and functions stay small, and a package's `__init__` says one line and nothing else."""

import ast
from statistics import median

from tests.support.project import Source, functions, python_sources

MODULE_CEILING = 400
FUNCTION_CEILING = 60
FUNCTION_MEDIAN = 8


def lines_of_functions(source: Source) -> list[tuple[str, int]]:
    """Each function with its lines, from `def` to its last one."""
    return [
        (f"{source.path}:{each.lineno} {each.name}", (each.end_lineno or 0) - each.lineno + 1)
        for each in functions(source)
    ]


def long_modules(sources: list[Source]) -> list[str]:
    """The files over the ceiling."""
    return [each.path for each in sources if len(each.text.splitlines()) > MODULE_CEILING]


def long_functions(sources: list[Source]) -> list[str]:
    """The functions over the ceiling."""
    return [
        name
        for source in sources
        for name, lines in lines_of_functions(source)
        if lines > FUNCTION_CEILING
    ]


def talkative_packages(sources: list[Source]) -> list[str]:
    """The `__init__` files that are more than one docstring on one line."""
    return [
        each.path
        for each in sources
        if each.path.endswith("__init__.py")
        and not (
            len(each.text.splitlines()) == 1
            and len(each.tree.body) == 1
            and ast.get_docstring(each.tree)
        )
    ]


def folders_without_init(paths: list[str]) -> list[str]:
    """Folders that hold Python and no `__init__`."""
    folders = {path.rpartition("/")[0] for path in paths if path.endswith(".py")} - {""}
    parents = {
        folder.rsplit("/", depth)[0] for folder in folders for depth in range(folder.count("/") + 1)
    }
    return sorted(each for each in parents if f"{each}/__init__.py" not in paths)


def test_no_module_is_over_the_ceiling() -> None:
    assert long_modules(python_sources()) == []


def test_no_function_is_over_the_ceiling() -> None:
    assert long_functions(python_sources()) == []


def test_the_usual_function_is_short() -> None:
    product = [source for source in python_sources() if not source.is_test]
    lengths = [lines for source in product for _, lines in lines_of_functions(source)]

    assert median(lengths) <= FUNCTION_MEDIAN


def test_a_package_says_one_line_and_nothing_else() -> None:
    assert talkative_packages(python_sources()) == []


def test_every_folder_with_python_is_a_package() -> None:
    assert folders_without_init([source.path for source in python_sources()]) == []


def test_the_guard_sees_a_long_module_and_a_long_function() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_CEILING))
    planted = Source("store/planted.py", f"async def f():\n{body}\n" + "\n" * MODULE_CEILING)

    assert long_modules([planted]) == ["store/planted.py"]
    assert long_functions([planted]) == ["store/planted.py:1 f"]


def test_the_guard_sees_a_package_that_exports() -> None:
    planted = [
        Source("cache/__init__.py", '"""Short."""\nfrom cache.rows import Rows\n'),
        Source("store/__init__.py", ""),
        Source("auth/__init__.py", '"""Two\nlines."""\n'),
        Source("demo/__init__.py", '"""Fine."""\n'),
    ]

    assert [path[:4] for path in talkative_packages(planted)] == ["cach", "stor", "auth"]


def test_the_guard_sees_a_folder_that_is_no_package() -> None:
    paths = ["app.py", "store/__init__.py", "store/tables/deep/rows.py"]

    assert folders_without_init(paths) == ["store/tables", "store/tables/deep"]

"""The ES modules of the front end, joined into one: neither a kernel nor a file has a server."""

import posixpath
import re
from functools import cache
from importlib.resources import files

__all__ = ["join_modules", "stylesheet"]

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([./a-z_]+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(
    r"^export (?:async )?(?:function\*?|const|class) ([A-Za-z_$][\w$]*)", re.MULTILINE
)


@cache
def join_modules(entry: str) -> str:
    """Return one ES module that does what a module of ``nfviz/widgets/static`` does.

    Each module becomes a function that runs once and gives what the module exports, so that names
    of different modules do not meet. It exports what the entry does.

    Parameters
    ----------
    entry : str
        Path of the module in that folder, without ending.

    Raises
    ------
    ValueError
        If modules import each other in a circle.
    """
    texts: dict[str, str] = {}
    _collect(entry, texts, ())
    exported = ", ".join(_EXPORT.findall(_read(entry)))
    return "\n".join(texts.values()) + f"\nexport const {{ {exported} }} = {_variable(entry)};\n"


def _collect(path: str, texts: dict[str, str], above: tuple[str, ...]) -> None:
    """Add a module behind those that it imports."""
    if path in above:
        raise ValueError(f"Modules import each other: {' -> '.join([*above, path])}.")
    if path in texts:
        return
    source = _read(path)
    folder = posixpath.dirname(path)

    def found(target: str) -> str:
        return posixpath.normpath(posixpath.join(folder, target))

    for _, target in _IMPORT.findall(source):
        _collect(found(target), texts, (*above, path))
    body = _IMPORT.sub(
        lambda m: f"const {{{m[1].replace(' as ', ': ')}}} = {_variable(found(m[2]))};\n", source
    )
    names = ", ".join(_EXPORT.findall(body))
    body = re.sub(r"^export ", "", body, flags=re.MULTILINE)
    texts[path] = f"const {_variable(path)} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();"


def _variable(path: str) -> str:
    return "$" + path.replace("/", "$")


def _read(path: str) -> str:
    return (files("nfviz.widgets") / "static" / f"{path}.js").read_text("utf-8")


@cache
def stylesheet() -> str:
    """Return the style of all views: what they share, then that of each."""
    folder = files("nfviz.widgets") / "static"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".css"))
    names.sort(key=lambda name: name != "style.css")
    return "\n".join((folder / name).read_text("utf-8") for name in names)

"""The ES modules of the front end, joined into one: neither a kernel nor a file has a server."""

import re
from functools import cache
from importlib.resources import files

__all__ = ["join_modules", "stylesheet"]

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([a-z_]+)\.js";\n', re.MULTILINE)
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
        Name of the module, without ending.

    Raises
    ------
    ValueError
        If modules import each other in a circle.
    """
    texts: dict[str, str] = {}
    _collect(entry, texts, ())
    exported = ", ".join(_EXPORT.findall(_read(entry)))
    return "\n".join(texts.values()) + f"\nexport const {{ {exported} }} = ${entry};\n"


def _collect(name: str, texts: dict[str, str], path: tuple[str, ...]) -> None:
    """Add a module behind those that it imports."""
    if name in path:
        raise ValueError(f"Modules import each other: {' -> '.join([*path, name])}.")
    if name in texts:
        return
    source = _read(name)
    for _, imported in _IMPORT.findall(source):
        _collect(imported, texts, (*path, name))
    body = _IMPORT.sub(
        lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = ${found[2]};\n", source
    )
    names = ", ".join(_EXPORT.findall(body))
    body = re.sub(r"^export ", "", body, flags=re.MULTILINE)
    texts[name] = f"const ${name} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();"


def _read(name: str) -> str:
    return (files("nfviz.widgets") / "static" / f"{name}.js").read_text("utf-8")


@cache
def stylesheet() -> str:
    """Return the style of all views: what they share, then that of each."""
    folder = files("nfviz.widgets") / "static"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".css"))
    names.sort(key=lambda name: name != "style.css")
    return "\n".join((folder / name).read_text("utf-8") for name in names)

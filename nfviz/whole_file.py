"""Files that appear whole or not at all."""

import os
from pathlib import Path
from threading import get_ident

__all__ = ["check_folder", "write_whole"]


def check_folder(path: Path) -> None:
    """Refuse a path of which the folder is missing or cannot be written to, before any work."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder}. Make it first.")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"The folder {folder} cannot be written to.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a file in it.")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there; one of that name is replaced.

    Parameters
    ----------
    path : Path
        Threads and processes may write to the same one at the same time.
    content : bytes
        All of it.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.part")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)

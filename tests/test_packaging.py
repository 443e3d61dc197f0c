"""What is built for a package index: all that git tracks, and a readme whose pictures are found."""

import ast
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import BytesParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

import nfviz

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tracked():
    """Every file of the repository, those not yet added too, as git names them."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("only a git checkout knows what has to be packed")
    return {name for name in done.stdout.split("\0") if (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the sdist, and the wheel that was built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def sdist(built):
    """The names of the files in the sdist, below its one folder."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = [member.name.partition("/") for member in archive if member.isfile()]
    assert {top for top, _, _ in names} == {f"nfviz-{nfviz.__version__}"}
    return {name for _, _, name in names}


@pytest.fixture(scope="module")
def wheel(built):
    """The wheel, opened."""
    (path,) = built.glob("*.whl")
    assert path.name == f"nfviz-{nfviz.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel):
    """The metadata of the wheel, as a message."""
    return BytesParser().parsebytes(
        wheel.read(f"nfviz-{nfviz.__version__}.dist-info/METADATA"),
    )


def citation():
    """What CITATION.cff says."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


def test_the_citation_names_the_version_of_a_release():
    said = citation()
    version, date = said.get("version"), said.get("date-released")
    if ".dev" in nfviz.__version__:
        assert (version, date) == (None, None)
    else:
        assert version == nfviz.__version__
        assert f"## [{version}] - {date}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_wheel_holds_the_package_and_nothing_else(wheel, tracked):
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {name for name in tracked if name.startswith("nfviz/")}


def test_what_no_import_would_miss_is_in_the_wheel(wheel):
    names = set(wheel.namelist())
    for name in [
        "py.typed",
        "demo/weights.npz",
        "ontologies/imagenet.csv",
        "figures/fonts/OpenSans-Regular.ttf",
        "widgets/static/explorer.js",
        "widgets/static/file.css",
    ]:
        assert f"nfviz/{name}" in names


def test_files_are_packed_byte_by_byte(wheel):
    for name in wheel.namelist():
        if name.startswith("nfviz/"):
            assert wheel.read(name) == (ROOT / name).read_bytes(), name


def test_every_license_is_in_the_wheel(wheel, metadata, tracked):
    licenses = {name for name in tracked if re.search(r"LICENSE(\.txt)?$", name)}
    assert set(metadata.get_all("License-File")) == licenses
    named = metadata["License-Expression"].split(" AND ")
    assert named[0] == citation()["license"]
    assert len(set(named)) == len(licenses)
    for name in licenses:
        packed = wheel.read(f"nfviz-{nfviz.__version__}.dist-info/licenses/{name}")
        assert packed == (ROOT / name).read_bytes()


def test_the_sdist_holds_what_git_tracks(sdist, tracked):
    assert sdist == tracked | {"PKG-INFO"}


def test_links_of_the_readme_are_addresses_of_files_that_exist(metadata, tracked):
    text = metadata.get_payload()
    targets = re.findall(r'\]\(([^)\s]*)|(?:src|href)="([^"]*)"', text)
    addresses = ["".join(pair) for pair in targets]
    inside = []
    for address in addresses:
        assert re.match(r"https://|#", address), address
        own = re.match(
            r"https://(?:raw\.githubusercontent\.com/nfviz/nfviz|github\.com/nfviz/nfviz/blob)/main/(.*)",
            address,
        )
        inside += [own[1]] if own else []
    assert set(inside) <= tracked
    pictures = re.findall(r'(?:!\[[^]]*\]\(|src=")(docs/[^)"]*)', (ROOT / "README.md").read_text())
    assert pictures
    assert set(pictures) <= set(inside)


def test_every_requirement_has_a_lower_bound(metadata):
    for requirement in metadata.get_all("Requires-Dist"):
        assert re.match(r"[\w.-]+>=[\d.]+(;|$)", requirement), requirement


def third_party_imports():
    """Every module of others that a file of the package imports, at its top or when asked."""
    for path in Path(nfviz.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                yield str(node.module).partition(".")[0]


def test_what_is_required_is_what_is_imported(metadata):
    modules = set(third_party_imports()) - sys.stdlib_module_names - {"nfviz"}
    owners = packages_distributions()
    imported = {owners[module][0].lower() for module in modules}
    lines = metadata.get_all("Requires-Dist")
    required = {re.split(">=", line)[0] for line in lines if "extra ==" not in line}
    # kaleido brings choreographer; distributed brings cloudpickle.
    of_extras = {"choreographer", "cloudpickle", "kaleido", "pypdf"}
    assert imported - of_extras == required

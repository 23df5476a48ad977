"""Static files under addresses that carry a hash of their content, with the headers to serve them.

`python -m portico_themes.assets install` copies what comes as npm packages into static/vendor.
"""

import gzip
import mimetypes
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

STATIC_FOLDER = Path(__file__).parent / "static"
PREFIX = "/static/"
CACHE_FOREVER = "public, max-age=31536000, immutable"
COMPRESSED = frozenset({".css", ".js", ".svg", ".txt"})
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2"}

# Copied from node_modules: package file -> name in static/vendor. Latin first, Latin Extended by unicode-range.
BROWSER_FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    **{
        f"@fontsource-variable/{font}/files/{font}-{part}-wght-normal.woff2": f"{font}-{part}.woff2"
        for font in ("archivo", "figtree", "newsreader")
        for part in ("latin", "latin-ext")
    },
    **{f"@fontsource-variable/{font}/LICENSE": f"{font}-OFL.txt" for font in ("archivo", "figtree", "newsreader")},
}
# What papers are set in: typst reads TrueType, not woff2. Not served to browsers.
PAPER_FONTS = {
    f"@expo-google-fonts/{font}/{weight}/{font.capitalize()}_{weight}.ttf": f"{font}-{weight[:3]}.ttf"
    for font, weights in {
        "archivo": ("400Regular", "600SemiBold", "700Bold"),
        "figtree": ("400Regular", "600SemiBold", "700Bold"),
        "newsreader": ("500Medium",),
    }.items()
    for weight in weights
}
PAPER_FONT_FOLDER = STATIC_FOLDER / "vendor" / "paper-fonts"


class AssetMissing(RuntimeError):
    """A static file is not where it should be; the text says which command brings it."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `gzipped` is None where compressing gains nothing."""

    address: str
    media_type: str
    body: bytes
    gzipped: bytes | None

    @property
    def headers(self) -> Mapping[str, str]:
        """Besides Content-Type. The address changes with the content, so browsers may keep it for good."""
        vary = {"Vary": "Accept-Encoding"} if self.gzipped is not None else {}
        return {"Cache-Control": CACHE_FOREVER, "X-Content-Type-Options": "nosniff", **vary}


class Assets:
    """All static files of a theme stack: a file in an earlier folder replaces the one of the same name in a later."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files: dict[str, Path] = {}
        for folder in reversed(list(folders)):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and "paper-fonts" not in path.parts:
                    self._files[path.relative_to(folder).as_posix()] = path
        self._by_name: dict[str, Asset] = {}
        for name in sorted(self._files):
            self._load(name)
        self._by_address = {asset.address: asset for asset in self._by_name.values()}

    def address(self, name: str) -> str:
        """ "site.css" to "/static/site.0123456789ab.css"."""
        return self._named(name).address

    def asset(self, name: str) -> Asset:
        return self._named(name)

    def at(self, address: str) -> Asset | None:
        """The file served at a path, or None."""
        return self._by_address.get(address)

    def names(self) -> list[str]:
        return sorted(self._by_name)

    def _named(self, name: str) -> Asset:
        found = self._by_name.get(name)
        if found is None:
            hint = " Run: python -m portico_themes.assets install" if name.startswith("vendor/") else ""
            raise AssetMissing(f"There is no static file {name}.{hint}")
        return found

    def _load(self, name: str) -> Asset:
        if name in self._by_name:
            return self._by_name[name]
        path = self._files[name]
        body = path.read_bytes()
        if path.suffix == ".css":
            body = self._with_addresses(minified(body.decode()), name).encode()
        elif path.suffix == ".js" and not name.startswith("vendor/"):
            body = without_comments(body.decode()).encode()
        stem, dot, ending = name.rpartition(".")
        address = f"{PREFIX}{stem}.{sha256(body).hexdigest()[:12]}{dot}{ending}"
        media_type = TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        gzipped = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else None
        self._by_name[name] = Asset(address, media_type, body, gzipped)
        return self._by_name[name]

    def _with_addresses(self, css: str, name: str) -> str:
        """url(file) becomes the file's hashed address, so that a stylesheet changes with what it loads."""
        folder = name.rpartition("/")[0]

        def replace(match: re.Match[str]) -> str:
            target = f"{folder}/{match[1]}" if folder else match[1]
            if target not in self._files and target.startswith("vendor/"):
                return f"url({PREFIX}{target})"
            if target not in self._files:
                raise AssetMissing(f"{name} names {match[1]}, which is not there")
            return f"url({self._load(target).address})"

        return re.sub(r"url\(([\w./-]+)\)", replace, css)


def minified(css: str) -> str:
    """Without comments and needless space. Knows only what our own files contain: no strings with braces."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    css = re.sub(r"([{;(])([\w-]+): ", r"\1\2:", css)
    return css.replace(";}", "}").strip()


def without_comments(script: str) -> str:
    """Without indentation and lines of comment. Knows only our own script: no text in it goes over lines."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


@lru_cache(maxsize=8)
def assets_of(theme_folder: Path | None = None) -> Assets:
    """The process's static files: those of the operator's theme first, then ours."""
    ours = [STATIC_FOLDER]
    theirs = [theme_folder / "static"] if theme_folder is not None and (theme_folder / "static").is_dir() else []
    return Assets([*theirs, *ours])


def install(packages: Path) -> int:
    """Copies the browser's and the papers' files out of `packages` (a node_modules folder); how many."""
    vendor = STATIC_FOLDER / "vendor"
    PAPER_FONT_FOLDER.mkdir(parents=True, exist_ok=True)
    jobs = [(source, vendor / name) for source, name in BROWSER_FILES.items()]
    jobs += [(source, PAPER_FONT_FOLDER / name) for source, name in PAPER_FONTS.items()]
    for source, target in jobs:
        if not (packages / source).is_file():
            raise AssetMissing(f"{source} is not in {packages}. Run: npm ci --ignore-scripts")
        shutil.copyfile(packages / source, target)
    return len(jobs)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["install"]:
            packages = Path("node_modules")
        case ["install", folder]:
            packages = Path(folder)
        case _:
            sys.stderr.write("usage: python -m portico_themes.assets install [node_modules]\n")
            return 2
    try:
        count = install(packages)
    except AssetMissing as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write(f"{count} files copied into the static folder\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

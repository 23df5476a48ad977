"""`python -m portico_themes.preview DIR` writes every page in both brands and both languages, to open in a browser.

The files name assets by absolute paths, so serve the folder: `python -m http.server -d DIR`.
"""

import sys
from pathlib import Path

from portico_themes.assets import assets_of
from portico_themes.branding import stylesheet
from portico_themes.brands import seeded_brands
from portico_themes.preview.letters import mails, origin_of
from portico_themes.preview.pages import pages
from portico_themes.render import Renderer

LOCALES = {"en": "en-GB", "de": "de-DE"}


def write(folder: Path, theme: Path | None = None) -> int:
    """Pages as <brand>/<language>/<page>.html beside the files they load; how many pages."""
    renderer = Renderer(theme)
    for asset in map(assets_of(theme).asset, assets_of(theme).names()):
        _put(folder / asset.address.lstrip("/"), asset.body)
    count = 0
    for slug, seeded in seeded_brands().items():
        for name, image in seeded.files.items():
            _put(folder / "brand" / name, image.body)
        for language, locale in LOCALES.items():
            for page in pages(slug, language):
                html = renderer.render(page.template, page.context, page.brand, locale)
                if page.brand:
                    sheet = stylesheet(page.brand)
                    _put(folder / sheet.address.lstrip("/"), sheet.body)
                _put(folder / slug / language / f"{page.name}.html", html.encode())
                count += 1
                if (frame := page.context.get("frame")) and (mail := page.context["mail"]):
                    _put(folder / slug / language / frame, _here(mail.html, slug))
            for name, mail in mails(slug, renderer, seeded.brand, locale):
                _put(folder / slug / language / f"mail-{name}.html", _here(mail.html, slug))
                _put(folder / slug / language / f"mail-{name}.txt", f"{mail.subject}\n\n{mail.plain}".encode())
    return count


def _here(html: str, slug: str) -> bytes:
    """A mail with the images that lie beside it: the sample's host is not there."""
    return html.replace(f"{origin_of(slug)}/brand/", "/brand/").encode()


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python -m portico_themes.preview DIR [THEME]\n")
        return 2
    theme = Path(arguments[1]) if len(arguments) == 2 else None
    sys.stdout.write(f"{write(Path(arguments[0]), theme)} pages written\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Icons as strokes on a 24 by 24 grid, inlined: no font, no request, always beside a word."""

from markupsafe import Markup

STROKES: dict[str, str] = {
    "alert": "M12 3.5 2.5 20h19zM12 9.8v4.6M12 17.2h.01",
    "back": "M8.8 4.8 4 9.6l4.8 4.8M4 9.6h10.2a5.6 5.6 0 0 1 0 11.2H11",
    "bank": "M4 9.3 12 4l8 5.3zM6 12v5M10 12v5M14 12v5M18 12v5M4 20h16",
    "building": "M5 20.5V4h9v16.5M14 9.5h5v11M3 20.5h18M8 8h3M8 12h3M8 16h3",
    "card": "M3 5.5h18v13H3zM3 9.8h18M6.5 14.8h4.5",
    "cart": "M3 4.5h2.4l2.3 10.5h9.6L20 7.8H6.2M9.5 19.5h.01M16.2 19.5h.01",
    "check": "M5 12.6 9.7 17.2 19 7.3",
    "clock": "M12 3.2a8.8 8.8 0 1 0 0 17.6 8.8 8.8 0 0 0 0-17.6zM12 7.3v5l3.2 1.9",
    "credit": "M4 4.5h7.2L20 13.3 13.3 20 4 10.9zM8 8.5h.01",
    "down": "M6 9.3 12 15.3l6-6",
    "download": "M12 4v11.2M7.4 10.8 12 15.4l4.6-4.6M4.8 19.6h14.4",
    "file": "M6 3.2h8.3L18.5 7.5v13.3H6zM14 3.5V8h4.3M9 12.4h6.5M9 16.3h6.5",
    "filter": "M4 6.5h16M7.2 12h9.6M10.2 17.5h3.6",
    "gauge": "M4.2 17.5a8.6 8.6 0 1 1 15.6 0M12 14.2 15.8 9.5",
    "home": "M3.5 11 12 3.8 20.5 11M5.8 9.2v11h12.4v-11M10 20.2v-6h4v6",
    "info": "M12 3.2a8.8 8.8 0 1 0 0 17.6 8.8 8.8 0 0 0 0-17.6zM12 11v5.3M12 7.7h.01",
    "key": "M15.2 3.8a5 5 0 0 0-4.7 6.7L3.6 17.4v3h3.2v-2.2h2.4v-2.4l2.3-2.3a5 5 0 1 0 3.7-9.7zM16 8.2h.01",
    "left": "M14.7 5.5 8.3 12l6.4 6.5",
    "list": "M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.3 6.5h.01M4.3 12h.01M4.3 17.5h.01",
    "lock": "M6 10.6h12v9.6H6zM8.6 10.6V7.9a3.4 3.4 0 0 1 6.8 0v2.7",
    "mail": "M3.2 5.5h17.6v13H3.2zM3.8 6.5 12 13l8.2-6.5",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "minus": "M5.5 12h13",
    "out": "M14 4.2H5v15.6h9M10 12h10.5M17 8.5l3.5 3.5-3.5 3.5",
    "pause": "M8.7 5.5v13M15.3 5.5v13",
    "phone": "M5 4h4l1.7 4.3-2.3 1.6a11 11 0 0 0 5.7 5.7l1.6-2.3L20 15v4.2c-8.3 1-16-6.8-15-15.2z",
    "plug": "M9 3.3V8M15 3.3V8M6.5 8h11v3.3a5.5 5.5 0 0 1-11 0zM12 16.8v4",
    "plus": "M12 5.5v13M5.5 12h13",
    "print": "M7.2 8V3.8h9.6V8M7.2 16.8H4V8h16v8.8h-3.2M7.2 13.8h9.6v6.6H7.2z",
    "refresh": "M20 10.9A8.2 8.2 0 0 0 5.5 7.2L4 9M4 4.3V9h4.7M4 13.1a8.2 8.2 0 0 0 14.5 3.7L20 15M20 19.7V15h-4.7",
    "right": "M9.3 5.5 15.7 12l-6.4 6.5",
    "search": "M10.6 4.2a6.4 6.4 0 1 0 0 12.8 6.4 6.4 0 0 0 0-12.8zM15.4 15.4l5 5",
    "shield": "M12 3.3 4.8 6v5.6c0 4.3 2.9 7.6 7.2 9.1 4.3-1.5 7.2-4.8 7.2-9.1V6zM8.8 12l2.3 2.3 4.2-4.5",
    "switch": "M4 8.5h14M14.5 5 18 8.5 14.5 12M20 15.5H6M9.5 12 6 15.5 9.5 19",
    "tag": "M4 4.5h7.2L20 13.3 13.3 20 4 10.9zM8 8.5h.01",
    "user": "M12 4a3.9 3.9 0 1 0 0 7.8A3.9 3.9 0 0 0 12 4zM4.8 20c.5-3.7 3.3-5.6 7.2-5.6s6.7 1.9 7.2 5.6",
    "users": "M9.2 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.7 19.7c.4-3.4 2.9-5.2 6.5-5.2s6.1 1.8 6.5 5.2"
    "M16 5a3.5 3.5 0 0 1 0 6.2M18.1 14.9c1.9.7 3 2.4 3.2 4.8",
    "x": "M6.3 6.3l11.4 11.4M17.7 6.3 6.3 17.7",
}


def icon(name: str, extra: str = "") -> Markup:
    """The icon called `name` as inline SVG, hidden from screen readers: the word beside it speaks."""
    css = f"i {extra}" if extra else "i"
    html = (
        f'<svg class="{css}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{STROKES[name]}"/></svg>'
    )
    return Markup(html)  # noqa: S704 - nothing foreign in it

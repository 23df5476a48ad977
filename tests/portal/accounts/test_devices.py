"""Where somebody is signed in, in words."""

import pytest

from portico_portal.accounts.devices import device_words

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"{MAC} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Mac"),
        (f"{MAC} Version/26.1 Safari/605.1.15", "Safari on Mac"),
        (f"{PHONE} Version/26.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{PHONE} CriOS/142.0.0.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        ("Firefox/145.0", "Firefox"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_person_would(said: str, words: str) -> None:
    assert device_words(said, "en-GB") == words


def test_in_german_too() -> None:
    assert device_words(f"{PHONE} Version/26.1 Safari/604.1", "de-DE") == "Safari auf iPhone"

"""Signed-out pages of the preview."""

from typing import Any

from portico_themes.preview.samples import SAMPLES

Entry = tuple[str, str, dict[str, Any]]


def door_pages(slug: str) -> list[Entry]:
    mail = SAMPLES[slug].mail
    invited = {"token": "t", "expired": False, "email": mail, "name": "", "inviter": "Ruth Oyelaran", "min_length": 10}
    refused = "That email and password do not go together. Try again, or have a new password mailed."
    return [
        ("sign-in", "accounts/sign_in.html", {}),
        ("sign-in-refused", "accounts/sign_in.html", {"problem": refused, "values": {"email": mail, "next": "/"}}),
        ("forgot", "accounts/forgot.html", {"sent": False}),
        ("forgot-sent", "accounts/forgot.html", {"sent": True, "values": {"email": mail}}),
        ("reset", "accounts/reset.html", {"token": "t", "expired": False, "email": mail, "min_length": 10}),
        ("reset-expired", "accounts/reset.html", {"token": "t", "expired": True}),
        (
            "invitation",
            "accounts/invitation.html",
            {
                **invited,
                "place": SAMPLES[slug].customer,
                "has_password": False,
                "errors": {"password": "Use at least 10 characters. Three or four words together do well."},
            },
        ),
        (
            "invitation-known",
            "accounts/invitation.html",
            {**invited, "place": SAMPLES[slug].customer, "has_password": True},
        ),
    ]

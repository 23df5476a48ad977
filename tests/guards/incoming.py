"""Guards against what comes in and lies about: pictures, forms, mail addresses; and against what stays in browsers."""

from tests.guards.guard import Edit, Guard

IMAGES = "themes/portico_themes/images.py"
BRAND = "platform/portico_portal/brand"
LOGOS, BRAND_PAGES = "tests/portal/brand/test_logos.py", "tests/portal/brand/test_pages.py"
SEND = "platform/portico_portal/mail/send.py"
SENDING = "tests/portal/mail/test_send.py"

INCOMING = (
    Guard(
        "pictures are measured before they are decoded",
        "a file of 38 bytes takes the memory of every tenant's web process",
        (Edit(IMAGES, "            if opened.width * opened.height > MOST_PIXELS:\n", "            if False:\n"),),
        (f"{LOGOS}::test_uploads_at_once_take_the_memory_of_one_small_picture[6000]",),
    ),
    Guard(
        "one picture at a time",
        "several uploads at once take that memory together",
        (Edit(f"{BRAND}/logos.py", "images.prepare, body, kind, limiter=ONE_AT_A_TIME", "images.prepare, body, kind"),),
        (f"{LOGOS}::test_uploads_at_once_take_the_memory_of_one_small_picture[2000]",),
    ),
    Guard(
        "pictures are decoded without a connection",
        "whoever waits for a picture's turn keeps a connection from everybody",
        (Edit(f"{BRAND}/pages.py", "    await session.finish()  # pictures", "    # pictures"),),
        (f"{BRAND_PAGES}::test_nobody_waits_for_a_pictures_turn_with_a_connection_in_hand",),
    ),
    Guard(
        "no NUL in a part of a form",
        "a character that PostgreSQL cannot keep ends a request as our defect",
        (
            Edit(
                "platform/portico_portal/web/forms.py",
                '        if any("\\0" in name or (isinstance(value, str) and "\\0" in value)'
                " for name, value in parts.multi_items()):\n",
                "        if False:\n",
            ),
        ),
        (f"{BRAND_PAGES}::test_a_broken_upload_is_refused_and_not_a_fault_of_ours",),
    ),
    Guard(
        "an address for replies may be left out",
        "a comma in the brand's address loses every mail of the tenant",
        (Edit(SEND, "    if is_writable(mail.reply_to):\n", "    if mail.reply_to:\n"),),
        (f"{SENDING}::test_an_address_for_replies_that_no_mail_can_have_is_left_out[sales@north.example,]",),
    ),
    Guard(
        "brand's address as a mail can have it",
        "mails are composed that can never leave",
        (Edit("themes/portico_themes/mails.py", "reply_to=brand.reply_to,", "reply_to=brand.email,"),),
        ("tests/themes/test_mails.py::test_an_address_that_no_mail_can_have_costs_no_mail[sales@north.example,]",),
    ),
    Guard(
        "a mail's failure is its own",
        "one mail that trips the library up holds up all of its tenant's for ever",
        (Edit(SEND, "    except Exception as error:  # a defect", "    except MemoryError as error:  # a defect"),),
        (f"{SENDING}::test_whatever_else_a_mail_trips_over_holds_up_no_other[defect]",),
    ),
    Guard(
        "a heading is written out before the mail server is asked",
        "a mail whose heading is only refused when it is written out holds up all of its tenant's in the same way",
        (Edit(SEND, "        written.as_bytes()  #", "        #"),),
        (f"{SENDING}::test_whatever_else_a_mail_trips_over_holds_up_no_other[unwritable]",),
    ),
    Guard(
        "the browser forgets with its session",
        "Back shows a list to whoever comes after a session that ran out",
        (Edit("platform/portico_portal/web/errors.py", "    headers = FORGET if is_over else {}", "    headers = {}"),),
        ("tests/portal/web/test_keeping.py::test_the_browser_forgets_what_it_kept_once_its_session_is_over",),
    ),
)

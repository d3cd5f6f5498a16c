# ruff: noqa: RUF001 - look-alike letters are what catalogues have
"""Values that real catalogues hold and that break naive exports. Any made catalogue of 100 hotels has them all."""

import datetime as dt

ITTIDS = (
    "00123",
    "1E5",
    "219E01BE",
    "12345678901234567890",
    "9",
    "10",
    "A-1",
    "a-1",
    "B-1",
    "é-1",
    "e\u0301-1",
    "\uff5e-1",  # before the emoji by code point, after it by UTF-16 unit
    "😀-1",
    "Z-1",
    "z-1",
    "_-1",
    "9 ",
    "a 1",
    "ß-1",
    "SS-1",
    "ı-1",
    "x" * 100,
)
"""The ittids of the first hotels: they sort and compare differently by code point, by locale and as numbers."""

TEXTS = (
    "=1+1",
    "@SUM(A1:A9)",
    "+1+cmd|' /C calc'!A0",
    "-7",
    "-1+1",
    "+49 (30) 1234-567",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1+A1",
    "\uff20SUM",
    "'=1+1",
    "''@x",
    "'quoted'",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "a\x0bb _x0041_",
    "_x000D_ and _x005F_",
    "\x01\x02\x1f control",
    "\x7f and \x85",
    "CR\rhere",
    "CRLF\r\nhere",
    "LF\nhere",
    "tab\there",
    "  outer spaces  ",
    "\u00a0no-break outer spaces\u00a0",
    'say "hi"',
    '"',
    '""',
    "comma, semicolon; pipe|",
    "Alpha; Beta",
    "; ",
    "C:\\dir\\' --",
    "\\N",
    "\\.",
    "100% _ %",
    "' OR '1'='1",
    "U+FFFE \ufffe",
    "U+FFFF \uffff",
    "\ufeffa mark at the start",
    "e\u0301 a\u030a n\u0303 combined",
    "👩\u200d👩\u200d👧\u200d👦 family",
    "🏨",
    "𝔐ath, 𠮷野家",
    "\u202eright to left",
    "line\u2028and paragraph\u2029separators",
    "<b>&amp; </b> ]]>",
    "NULL",
    "null",
    "NaN",
    "true",
    "1e999",
    "00123",
    "1E5",
    "219E01BE",
    "12345678901234567890",
    '{"a": [1]}',
    "%s %(now)s $1 {0}",
    "ß ẞ ſ İ ı",
)
"""Texts for any column that is not an id."""

RATINGS = (
    "4.5",
    "",
    "4.5 stars",
    None,
    " 4 ",
    ".5",
    "5.",
    ".",
    "4,5",
    "0",
    "5",
    "10",
    "-1",
    "+3",
    "1e1",
    "4.5.1",
    "NaN",
    "inf",
    "\u0664",  # an Arabic four: no digit to a rating filter
    "\uff14",  # a fullwidth four: neither
    "\t4",
    "★★★★",
)

COORDINATES = ("", None, "1e-7", "48,8708", "179.999999", "48°52′15″N", "-0.0", "0", " 2.3319 ")

POSTAL_CODES = ("00123", "1E5", "", None, "100-0001", "SW1A 1AA", "01234", "-7", "=1+1")

LONG_TEXTS = (
    "x" * 32_767,
    "y" * 32_768,
    "🏨" * 16_384,
    "z" * 32_766 + "🏨",
)
"""At and over what an Excel cell holds, 32,767 UTF-16 units."""

LONG_LINK = "https://img.example.com/" + "long/" * 500
"""A link that Excel would not take."""

MOMENTS = (
    dt.datetime(1, 1, 1),  # noqa: DTZ001 - the contract's datetimes are naive UTC, here and below
    dt.datetime(1582, 10, 10, 12),  # noqa: DTZ001
    dt.datetime(1899, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
    dt.datetime(1900, 2, 28, 23, 59, 59),  # noqa: DTZ001
    dt.datetime(1900, 3, 1),  # noqa: DTZ001
    dt.datetime(1970, 1, 1),  # noqa: DTZ001
    dt.datetime(2024, 2, 29, 23, 59, 59, 123_456),  # noqa: DTZ001
    dt.datetime(2025, 6, 30, 5, 59, 1, 1),  # noqa: DTZ001
    dt.datetime(2025, 6, 30, 5, 59, 1, 999_999),  # noqa: DTZ001
    dt.datetime(9999, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
    None,
)

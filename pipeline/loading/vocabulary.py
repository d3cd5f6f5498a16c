# ruff: noqa: RUF001 - look-alike letters are what catalogues have
"""The ordinary words of made catalogues: suppliers, chains, and hotel names in a dozen scripts."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.loading.draws import weighted

SUPPLIERS: Mapping[str, int] = {
    "hotelbeds": 120,
    "agoda": 110,
    "ean": 100,
    "EAN": 3,
    "booking_com": 95,
    "Paximum": 60,
    "ratehawk": 55,
    "dotw": 50,
    "webbeds": 45,
    "tbo holidays": 42,
    "GRNconnect": 40,
    "juniper": 36,
    "HotelRunner": 32,
    "Restel S.A.": 30,
    "mikihotels": 28,
    "goglobal": 26,
    "illusionsonline": 24,
    "irixhotel": 22,
    "Stuba": 20,
    "roomerang": 18,
    "Tatilbudur": 16,
    "Островок": 14,
    "携程": 12,
    "じゃらん": 10,
    "여기어때": 9,
    "المسافر": 8,
    "Αegean Beds": 7,
    "Straße & Söhne": 6,
    "STRASSE & SÖHNE": 2,
    "Beds; Rooms; More": 4,
    '"Best" Rooms, Inc.': 4,
    "@rooms": 3,
    "50% off_": 3,
    "👍 stays": 2,
    "tiny-supplier": 1,
}
"""Suppliers and their share. Some differ by case or casefold only."""

SUPPLIER_WHEEL = weighted(SUPPLIERS)

CHAINS = (
    ("Accor", "RT", "ibis"),
    ("Accor", "RT", "Mercure"),
    ("Hilton", "HH", "Hampton"),
    ("IHG", "6C", "Holiday Inn Express"),
    ("Marriott", "EM", "Courtyard"),
    ("東横イン", "TY", None),
    ("Louvre Hotels", None, "Première Classe"),
    ("Independent", None, None),
)
"""Chain name, chain code and brand name."""


@dataclass(frozen=True, kw_only=True)
class Script:
    """How a hotel is called in one script: a head, the city, a tail, with what stands between them."""

    heads: tuple[str, ...]
    tails: tuple[str, ...]
    between: str = " "


SCRIPTS: Mapping[str, Script] = {
    "Latin": Script(
        heads=("Grand", "Le Petit", "Hôtel Café", "Casa", "ibis Styles", "The Old", "Zum Löwen", "Cafe\u0301 Royal"),
        tails=("Hotel", "Inn & Suites", "Palace", "B&B", "Resort", "Hostel", "Apartments", "Gästehaus"),
    ),
    "Cyrillic": Script(
        heads=("Гранд", "Золотая", "Парк", "Мини", "Бизнес", "Старый", "Морской", "Царский"),
        tails=("Отель", "Гостиница", "Хостел", "Плаза", "Апартаменты", "Пансионат", "Хотел", "Готель"),
    ),
    "Greek": Script(
        heads=("Μεγάλη", "Βίλα", "Ακτή", "Παλάτι", "Ξενώνας", "Ήλιος", "Θάλασσα", "Ολύμπιον"),
        tails=("Ξενοδοχείο", "Διαμερίσματα", "Θέρετρο", "Παλλάς", "Στούντιο", "Βίλες", "Όρμος", "Πλάζα"),
    ),
    "Arabic": Script(
        heads=("فندق", "منتجع", "قصر", "شقق", "نزل", "فندق وسبا", "واحة", "برج"),
        tails=("الكبير", "بلازا", "الملكي", "البحر", "جراند", "الذهبي", "السلام", "٥ نجوم"),
    ),
    "Hebrew": Script(
        heads=("מלון", "אכסניית", "וילה", "בית הארחה", "מלון בוטיק", "סוויטות", "ארמון", "גני"),
        tails=("הגדול", "פלאזה", "הים", "המלך דוד", "סנטר", "ביץ׳", "העתיקה", "גולד"),
    ),
    "Devanagari": Script(
        heads=("होटल", "राज", "शिव", "श्री कृष्ण", "हिमालय", "महाराजा", "गंगा", "अशोक"),
        tails=("पैलेस", "निवास", "अतिथि गृह", "इन", "रिज़ॉर्ट", "हवेली", "भवन", "लॉज"),
    ),
    "Thai": Script(
        heads=("โรงแรม", "บ้าน", "เดอะ", "รีสอร์ท", "สวน", "ริเวอร์", "แกรนด์", "ช้างทอง"),
        tails=("พลาซ่า", "อินน์", "เพลส", "บูติก", "วิลล่า", "พาเลซ", "โฮสเทล", "เกสต์เฮาส์"),
        between="",
    ),
    "Chinese": Script(
        heads=("锦江", "如家", "汉庭", "四季", "龍門", "华美达", "香格里拉", "全季"),
        tails=("大酒店", "酒店", "宾馆", "飯店", "客栈", "度假村", "公寓", "青年旅舍"),
        between="",
    ),
    "Japanese": Script(
        heads=(
            "ホテル",
            "東横イン",
            "グランド",
            "リッチモンド",
            "旅館さくら",
            "アパホテル",
            "民宿やまだ",
            "ドーミーイン",
        ),
        tails=("イン", "駅前", "ﾋﾞｼﾞﾈｽ", "温泉", "プラザ", "の宿", "別館", "ステーション"),
        between="",
    ),
    "Korean": Script(
        heads=("신라", "롯데", "한옥", "그랜드", "라마다", "베스트", "파크", "해운대"),
        tails=("호텔", "모텔", "게스트하우스", "리조트", "펜션", "스테이", "여관", "레지던스"),
    ),
}
"""Eight heads and eight tails of each script."""

ENDINGS = (
    *("",) * 30,
    " & Spa",
    " №2",
    " 🏨",
    " (Annex; East Wing)",
    ' "Deluxe"',
    " 🌴 Beach",
    " - Adults Only",
    ", 2nd Floor",
)
"""What follows some names."""

WORDS = ("cambridge", "sunrise", "belle-vue", "müller", "ocean.view", "hotel_42", "xn--fiq228c", "plaza")
"""For addresses of mail and web."""

STREETS = (
    "Southgate Parkway",
    "rue de la Paix",
    "Hauptstraße",
    "Calle Mayor",
    "中山路",
    "ул. Ленина",
    "Via Roma",
    "شارع النيل",
)

# ruff: noqa: RUF001 - look-alike letters are what catalogues have
"""Countries and cities for made catalogues, some in their own script."""

from dataclasses import dataclass

_COUNTRIES = """\
US|United States Of America|90|Latin|New York:NYC:New York:NY;Cambridge:PHD:Ohio:OH;San Francisco:SFO:California:CA
FR|France|70|Latin|Paris:PAR;Paris 9e:PAR;Lyon:LYS;Nice:NCE;Saint-Malo:;L'Haÿ-les-Roses:
DE|Germany|60|Latin|Berlin:BER:Berlin:BE;München:MUC:Bayern:BY;Köln:CGN:Nordrhein-Westfalen:NW;Weißenburg:
IT|Italy|60|Latin|Roma:ROM;Milano:MIL;Venezia:VCE;Forlì:FRL
ES|Spain|60|Latin|Madrid:MAD;Barcelona:BCN;A Coruña:LCG;Sant Cugat del Vallès:
GB|United Kingdom|55|Latin|London:LON:England:ENG;Edinburgh:EDI:Scotland:SCT;Llanfairpwllgwyngyll::Wales:WLS
CN|中国|50|Chinese|北京:BJS;上海:SHA;广州:CAN;成都:CTU
JP|日本|50|Japanese|東京:TYO;京都:UKY;札幌:SPK;ニセコ:
IN|India|40|Devanagari|दिल्ली:DEL:दिल्ली:DL;मुंबई:BOM:महाराष्ट्र:MH;जयपुर:JAI:राजस्थान:RJ
BR|Brasil|35|Latin|São Paulo:SAO:São Paulo:SP;Rio de Janeiro:RIO:Rio de Janeiro:RJ;Florianópolis:FLN:Santa Catarina:SC
RU|Россия|35|Cyrillic|Москва:MOW;Санкт-Петербург:LED;Сочи:AER
TR|Türkiye|35|Latin|İstanbul:IST;Iğdır:IGD;Diyarbakır:DIY;Antalya:AYT
TH|ประเทศไทย|35|Thai|กรุงเทพมหานคร:BKK;เชียงใหม่:CNX;ภูเก็ต:HKT
GR|Ελλάδα|30|Greek|Αθήνα:ATH;Θεσσαλονίκη:SKG;Ρόδος:RHO
MX|México|30|Latin|Ciudad de México:MEX:Ciudad de México:CMX;Cancún:CUN:Quintana Roo:ROO;Mérida:MID:Yucatán:YUC
CA|Canada|30|Latin|Toronto:YTO:Ontario:ON;Montréal:YMQ:Québec:QC;Vancouver:YVR:British Columbia:BC
AU|Australia|30|Latin|Sydney:SYD:New South Wales:NSW;Melbourne:MEL:Victoria:VIC;Alice Springs:ASP:Northern Territory:NT
KR|대한민국|25|Korean|서울:SEL;부산:PUS;제주:CJU
AE|United Arab Emirates|25|Arabic|دبي:DXB;أبوظبي:AUH;الشارقة:SHJ
EG|مصر|20|Arabic|القاهرة:CAI;الأقصر:LXR;شرم الشيخ:SSH
SA|السعودية|18|Arabic|الرياض:RUH;مكة المكرمة:;جدة:JED
IL|ישראל|18|Hebrew|תל אביב:TLV;ירושלים:JRS;אילת:ETH
PT|Portugal|25|Latin|Lisboa:LIS;Porto:OPO;Évora:
NL|Nederland|20|Latin|Amsterdam:AMS;'s-Gravenhage:HAG;Maastricht:MST
BE|Belgium|15|Latin|Bruxelles:BRU;Antwerpen:ANR;Liège:LGG
CH|Switzerland|18|Latin|Zürich:ZRH;Genève:GVA;Zermatt:
AT|Österreich|18|Latin|Wien:VIE;Salzburg:SZG;Sölden:
PL|Polska|18|Latin|Warszawa:WAW;Kraków:KRK;Łódź:LCJ
CZ|Česko|15|Latin|Praha:PRG;Brno:BRQ;Český Krumlov:
HU|Magyarország|12|Latin|Budapest:BUD;Hódmezővásárhely:;Pécs:PEV
RO|România|12|Latin|București:BUH;Iași:IAS;Timișoara:TSR
BG|България|12|Cyrillic|София:SOF;Варна:VAR;Пловдив:PDV
UA|Україна|12|Cyrillic|Київ:IEV;Львів:LWO;Одеса:ODS
RS|Србија|8|Cyrillic|Београд:BEG;Нови Сад:;Ниш:INI
HR|Hrvatska|14|Latin|Zagreb:ZAG;Dubrovnik:DBV;Šibenik:
SI|Slovenija|6|Latin|Ljubljana:LJU;Bled:
SE|Sverige|12|Latin|Stockholm:STO;Göteborg:GOT;Åre:
NO|Norge|10|Latin|Oslo:OSL;Tromsø:TOS;Å:
DK|Danmark|10|Latin|København:CPH;Aarhus:AAR
FI|Suomi|8|Latin|Helsinki:HEL;Jyväskylä:JYV
IS|Ísland|6|Latin|Reykjavík:REK;Þingeyri:TEY
IE|Ireland|10|Latin|Dublin:DUB;Dún Laoghaire:
EE|Eesti|5|Latin|Tallinn:TLL;Pärnu:EPU
LV|Latvija|5|Latin|Rīga:RIX;Jūrmala:
LT|Lietuva|5|Latin|Vilnius:VNO;Šiauliai:SQQ
MT|Malta|6|Latin|Valletta:MLA;Ħamrun:
CY|Κύπρος|8|Greek|Λευκωσία:NIC;Πάφος:PFO
MA|Morocco|14|Arabic|مراكش:RAK;الدار البيضاء:CAS
TN|Tunisia|10|Arabic|تونس:TUN;جربة:DJE
JO|Jordan|6|Arabic|عمان:AMM;البتراء:
ZA|South Africa|14|Latin|Cape Town:CPT:Western Cape:WC;Johannesburg:JNB:Gauteng:GP
KE|Kenya|8|Latin|Nairobi:NBO;Mombasa:MBA
NG|Nigeria|6|Latin|Lagos:LOS;Abuja:ABV
NA|Namibia|4|Latin|Windhoek:WDH;Swakopmund:SWP
AR|Argentina|14|Latin|Buenos Aires:BUE;San Carlos de Bariloche:BRC;Córdoba:COR
CL|Chile|10|Latin|Santiago:SCL;Viña del Mar:
PE|Perú|10|Latin|Lima:LIM;Cusco:CUZ
CO|Colombia|10|Latin|Bogotá:BOG;Cartagena de Indias:CTG
CU|Cuba|6|Latin|La Habana:HAV;Varadero:VRA
VN|Việt Nam|16|Latin|Hà Nội:HAN;Đà Nẵng:DAD;Huế:HUI
ID|Indonesia|18|Latin|Jakarta:JKT;Ubud, Bali:DPS
MY|Malaysia|12|Latin|Kuala Lumpur:KUL;Langkawi:LGK
SG|Singapore|10|Latin|Singapore:SIN
PH|Philippines|10|Latin|Manila:MNL;Boracay "Station 2":MPH
TW|臺灣|12|Chinese|臺北:TPE;高雄:KHH
HK|香港|12|Chinese|香港:HKG;九龍:
NP|नेपाल|6|Devanagari|काठमाडौँ:KTM;पोखरा:PKR
NZ|Aotearoa New Zealand|10|Latin|Auckland:AKL;Queenstown:ZQN
GE|საქართველო|5|Latin|თბილისი:TBS;ბათუმი:BUS
AM|Հայաստան|4|Latin|Երևան:EVN
"""
"""Code, name, weight, script of the hotel names, and cities as name:code:state:state code."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One city."""

    city: str
    city_code: str | None
    state: str | None
    state_code: str | None
    country: str
    country_code: str
    script: str
    weight: int


def _places() -> tuple[Place, ...]:
    return tuple(place for line in _COUNTRIES.splitlines() for place in _of_country(*line.split("|")))


def _of_country(code: str, country: str, weight: str, script: str, cities: str) -> list[Place]:
    parts = [[*(part or None for part in city.split(":")), None, None][:4] for city in cities.split(";")]
    return [
        Place(
            city=name or "",
            city_code=city_code,
            state=state,
            state_code=state_code,
            country=country,
            country_code=code,
            script=script,
            weight=int(weight),
        )
        for name, city_code, state, state_code in parts
    ]


PLACES: tuple[Place, ...] = _places()
"""Every city there is, of more than sixty countries."""

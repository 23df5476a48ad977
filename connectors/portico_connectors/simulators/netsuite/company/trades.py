"""What the seeded companies sell and to whom: two trades, with names as real ledgers have them."""

import itertools
from dataclasses import dataclass


@dataclass(frozen=True)
class Product:
    """A thing on the price list; `price` in hundredths of the base currency per `unit`."""

    sku: str
    name: str
    unit: str
    price: int


@dataclass(frozen=True)
class Trade:
    """A trade: the seller's own name, its products, its customers' names by country and the places they are in."""

    company: str
    products: tuple[Product, ...]
    customers: tuple[tuple[str, str], ...]
    endings: tuple[str, ...]


def _fasteners() -> tuple[Product, ...]:
    kinds = (
        ("HB", "Hex bolt", "DIN 933", 310),
        ("SC", "Socket cap screw", "DIN 912", 420),
        ("CS", "Countersunk screw", "DIN 7991", 360),
        ("SS", "Set screw, cup point", "DIN 916", 240),
        ("TR", "Threaded rod, 1 m", "DIN 976", 295),
        ("CB", "Coach bolt with nut", "DIN 603", 510),
    )
    sizes = (("M5", "20", 1.0), ("M6", "30", 1.3), ("M8", "40", 1.9), ("M10", "60", 3.1), ("M12", "80", 4.6))
    finishes = (("ZP", "zinc plated", 1.0), ("A2", "A2 stainless", 2.2), ("A4", "A4 stainless", 3.4))
    bolts = [
        Product(
            f"{code}-{size}X{length}-{finish}",
            f"{name} {size} × {length} mm, {norm}, {text}, box of 100",
            "box",
            round(price * weight * dear),
        )
        for (code, name, norm, price), (size, length, weight), (finish, text, dear) in itertools.product(
            kinds, sizes, finishes
        )
    ]
    rest = (
        Product("NT-M8-NYL", "Nyloc nut M8, zinc plated, bag of 500", "bag", 1450),
        Product("NT-M10-NYL", "Nyloc nut M10, zinc plated, bag of 250", "bag", 1390),
        Product("WS-M8-A2", "Flat washer M8, A2 stainless, bag of 1,000", "bag", 1875),
        Product("WS-M12-SPR", "Spring washer M12, zinc plated, bag of 500", "bag", 1120),
        Product("AN-M10-100", "Wedge anchor M10 × 100 mm, option 1 approved, box of 25", "box", 2340),
        Product("AN-CH-300", "Chemical anchor resin 300 ml, styrene free", "cartridge", 985),
        Product("RV-48-12", "Blind rivet 4.8 × 12 mm, aluminium and steel, box of 500", "box", 1760),
        Product("DB-SDS-10", "SDS-plus drill bit 10 × 160 mm", "piece", 615),
        Product("GL-TL-243", "Threadlocker, medium strength, 50 ml", "bottle", 1899),
        Product("TP-PTFE-12", "PTFE thread seal tape 12 mm × 12 m, pack of 10", "pack", 540),
        Product("CARR-STD", "Carriage, standard delivery", "shipment", 850),
    )
    return (*bolts, *rest)


_WINE = (
    ("RIO-RES-18", "Rioja Reserva 2018, Bodegas Altamontaña, 6 × 75 cl", "case", 6540),
    ("CHI-CLA-21", "Chianti Classico DOCG 2021, Poggio al Sole, 6 × 75 cl", "case", 7190),
    ("BAR-NEB-19", "Barolo 2019, Cascina Bricco, 6 × 75 cl", "case", 17400),
    ("PIC-PIN-23", "Picpoul de Pinet 2023, 6 × 75 cl", "case", 4860),
    ("SAN-SAU-23", "Sancerre Blanc 2023, Domaine des Côtes, 6 × 75 cl", "case", 10350),
    ("MOS-RIE-22", "Riesling Kabinett 2022, Mosel, Weingut Sankt Urban, 6 × 75 cl", "case", 6280),
    ("GRU-VEL-23", "Grüner Veltliner Federspiel 2023, Wachau, 6 × 75 cl", "case", 6940),
    ("POR-TAW-10", "Tawny Port 10 years, 6 × 50 cl", "case", 7720),
    ("CAV-BRU-NV", "Cava Brut Nature, 12 × 75 cl", "case", 8460),
    ("CHA-BRU-NV", "Champagne Brut Réserve, grower, 6 × 75 cl", "case", 15990),
    ("PRO-SUP-NV", "Prosecco Superiore Valdobbiadene, 6 × 75 cl", "case", 5970),
    ("VDM-MUS-22", "Muscat de Beaumes-de-Venise 2022, 12 × 37.5 cl", "case", 9840),
    ("ALB-RIA-23", "Albariño Rías Baixas 2023, 6 × 75 cl", "case", 6480),
    ("MAL-MEN-22", "Malbec 2022, Valle de Uco, 6 × 75 cl", "case", 5640),
    ("OLV-EVO-05", "Extra virgin olive oil, Picual, 5 l tin", "tin", 4150),
    ("OLV-GOR-25", "Gordal olives, pitted, 2.5 kg", "tub", 1895),
    ("ANC-CAN-50", "Cantabrian anchovies in olive oil, 50 g, tray of 12", "tray", 6900),
    ("JAM-IBE-75", "Jamón ibérico de bellota, bone in, about 7.5 kg", "piece", 38500),
    ("CHO-IBE-1K", "Chorizo ibérico cular, about 1 kg", "piece", 1790),
    ("PRO-PAR-16", "Prosciutto di Parma 16 months, boned, about 7 kg", "piece", 11250),
    ("MAN-CUR-3K", "Manchego curado 12 months, about 3 kg", "wheel", 5480),
    ("PAR-REG-24", "Parmigiano Reggiano 24 months, wedge, about 1 kg", "piece", 2140),
    ("COM-18M-7K", "Comté 18 months, quarter wheel, about 9 kg", "piece", 19800),
    ("GOR-DOP-15", "Gorgonzola dolce DOP, about 1.5 kg", "piece", 2265),
    ("BUR-PUG-12", "Burrata di Andria 125 g, tray of 12", "tray", 2880),
    ("TOM-SMZ-25", "San Marzano tomatoes DOP, 2.5 kg tin, case of 6", "case", 3360),
    ("PAS-LIN-12", "Linguine, bronze die, 500 g, case of 12", "case", 2640),
    ("VIN-SHE-75", "Sherry vinegar reserva, 75 cl, case of 6", "case", 3240),
    ("BAL-IGP-5L", "Balsamic vinegar of Modena IGP, 5 l", "can", 2480),
    ("RIC-BOM-5K", "Bomba rice, Calasparra DO, 5 kg", "sack", 2150),
    ("PIM-VERA-7", "Smoked paprika de la Vera, 750 g", "tin", 1275),
    ("MEM-QUI-13", "Membrillo, quince paste, 1.3 kg", "block", 1140),
    ("CHO-70-5KG", "Couverture 70 %, Ecuador, 5 kg", "bag", 6890),
    ("COF-ESP-6K", "Espresso beans, house roast, 6 × 1 kg", "case", 8940),
    ("GLS-HIRE", "Glass hire, tray of 36, per event", "tray", 1800),
    ("CARR-STD", "Carriage, temperature controlled", "shipment", 1450),
)

FASTENERS = Trade(
    "Hartley & Voss Fasteners Ltd",
    _fasteners(),
    (
        ("Northgate Builders' Merchants Ltd", "GB"),
        ("Schraubenhandel Müller & Söhne GmbH", "DE"),
        ("Kestrel Precision Engineering Ltd", "GB"),
        (
            "Norddeutsche Gesellschaft für Befestigungstechnik, Industriebedarf und Stahlbaumontage mbH & Co. KG",
            "DE",
        ),
        ("Tyne Valley Steel Fabrications Ltd", "GB"),
        ("Ó Súilleabháin Joinery & Shopfitting Ltd", "IE"),
        ("Boulonnerie Générale du Rhône SARL", "FR"),
        ("Ashdown Roofing & Cladding Contractors Ltd", "GB"),
        ("Maschinenbau Weißenfels AG", "DE"),
        ("Pennine Agricultural Machinery Ltd", "GB"),
        ("van der Meulen Scheepsbouw B.V.", "NL"),
        ("Brightwater Marine Services LLP", "GB"),
        ("Großküchentechnik Börner e.K.", "DE"),
        ("Cotswold Green Oak Framing Company Ltd", "GB"),
        ("Harbour & Sons (Ironmongers) Ltd", "GB"),
        ("Stahlbau Überlingen GmbH", "DE"),
    ),
    ("Engineering Ltd", "Fabrications Ltd", "Joinery Ltd", "Tool Hire Ltd", "Stahlbau GmbH", "Montagetechnik GmbH"),
)

WINE = Trade(
    "Casa Lindqvist Wine & Deli Ltd",
    tuple(Product(*row) for row in _WINE),
    (
        ("The Old Bakery Restaurant Group Ltd", "GB"),
        ("Gasthof Zum Goldenen Löwen, Inh. Jürgen Schäfer", "DE"),
        ("Marlowe's Wine Bar & Kitchen Ltd", "GB"),
        (
            "Feinkost- und Weinhandelsgesellschaft Schwäbisch Hall-Hohenlohe Vertriebs- und Logistik GmbH & Co. KG",
            "DE",
        ),
        ("Seafront Hotels (Brighton and Hove) Ltd", "GB"),
        ("Brasserie de l'Étoile SARL", "FR"),
        ("Pembroke College Catering", "GB"),
        ("Café Größenwahn GmbH", "DE"),
        ("Little Fig Delicatessen Ltd", "GB"),
        ("Murphy & Daughters Grocers Ltd", "IE"),
        ("Hotel Bayerischer Hof Betriebsgesellschaft mbH", "DE"),
        ("Saltmarsh Farm Shop LLP", "GB"),
        ("Trattoria Nonna Pina Ltd", "GB"),
        ("Wijnhuis De Gouden Druif B.V.", "NL"),
        ("Borough Cheese & Charcuterie Ltd", "GB"),
        ("Königsallee Catering & Events GmbH", "DE"),
    ),
    ("Restaurants Ltd", "Wine Bar Ltd", "Delicatessen Ltd", "Catering Ltd", "Feinkost GmbH", "Gastronomie GmbH"),
)

TRADES = {"fasteners": FASTENERS, "wine": WINE}

# Country: currency, share of tax in per cent, country code of a telephone, towns with code.
COUNTRIES: dict[str, tuple[str, int, str, tuple[tuple[str, str], ...]]] = {
    "GB": (
        "GBP",
        20,
        "+44",
        (("Sheffield", "S3 8EN"), ("Bristol", "BS1 6QF"), ("Leeds", "LS10 1JF"), ("York", "YO1 7HH")),
    ),
    "DE": ("EUR", 0, "+49", (("Hamburg", "20457"), ("Köln", "50667"), ("Nürnberg", "90402"), ("Überlingen", "88662"))),
    "FR": ("EUR", 0, "+33", (("Lyon", "69007"), ("Nantes", "44000"))),
    "IE": ("EUR", 0, "+353", (("Cork", "T12 X8HN"), ("Galway", "H91 E9XF"))),
    "NL": ("EUR", 0, "+31", (("Rotterdam", "3011 AA"), ("Groningen", "9711 LM"))),
}

STREETS = {
    "GB": ("Foundry Lane", "Station Road", "Canal Street", "Mill Hill", "Albion Way"),
    "DE": ("Industriestraße", "Hafenstraße", "Am Güterbahnhof", "Lindenallee"),
    "FR": ("rue de la République", "quai Perrache"),
    "IE": ("Harbour Road", "Main Street"),
    "NL": ("Maasboulevard", "Herestraat"),
}

FIRST_NAMES = (
    "Anna",
    "James",
    "Miriam",
    "Jürgen",
    "Siobhán",
    "Oliver",
    "Käthe",
    "Priya",
    "Thomas",
    "Zoë",
    "Luca",
    "Ines",
)
LAST_NAMES = (
    "Whitfield",
    "Schröder",
    "Okafor",
    "O'Neill",
    "Baumgärtner",
    "Patel",
    "Lefèvre",
    "Hughes",
    "de Vries",
    "Weiß",
)
PLACES = (
    "Aldgate", "Birchwood", "Calder", "Dunmore", "Elbtal", "Fairfield", "Grünwald", "Hollin", "Isar", "Kingsway",
    "Lindau", "Moorland", "Neckar", "Oakham", "Parkside", "Quarry", "Ribble", "Severn", "Taunus", "Wharfe",
)  # fmt: skip
TITLES = ("Accounts payable", "Finance director", "Purchasing", "Office manager")

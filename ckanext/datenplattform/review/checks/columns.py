"""What a heading says of its column, in German and English. Pure."""

from __future__ import annotations

import re

_WORDS = {
    "first_name": r"vor_?name|first_?name|given_?name|rufname",
    "last_name": r"nach_?name|familien_?name|zu_?name|geburtsname|last_?name|surname|family_?name",
    "person": r"(?:ansprech|kontakt)(?:person|partner(?:in)?)|sachbearbeiter(?:in)?|bearbeiter(?:in)?|eigent[uü]e?mer(?:in)?|halter(?:in)?|"
    r"bewohner(?:in)?|mieter(?:in)?|patient(?:in)?|antragsteller(?:in)?|besitzer(?:in)?|kund(?:e|in)|inhaber(?:in)?|bürger|buerger|"
    r"vollst[aä]e?ndiger_name|full_?name|personen?_?name",
    "mail": r"e_?mail|mail_?adresse|mail",
    "phone": r"tel|telefon|telefon_?(?:nr|nummer)|tel_?nr|fax|fax_?nr|telefax|rufnummer|phone|durchwahl",
    "mobile": r"handy|handy_?(?:nr|nummer)|mobil|mobil_?(?:nr|nummer|telefon)|mobile",
    "iban": r"iban|konto_?(?:nr|nummer)|bankverbindung",
    "tax_id": r"steuer_?(?:id|identifikationsnummer|nr|nummer)|idnr|id_?nr|tin|tax_?(?:id|number)",
    "social_id": r"(?:sozial|renten)?versicherungs_?(?:nr|nummer)|sv_?(?:nr|nummer)|kranken_?versicherten_?(?:nr|nummer)",
    "birth_date": r"geburts_?(?:datum|tag)|geb_?(?:datum|dat|am)|geboren(?:_am)?|birth_?(?:date|day)|date_?of_?birth|dob",
    "birth_year": r"geburts_?jahr|geb_?jahr|birth_?year|year_?of_?birth",
    "plate": r"(?:kfz_?|amtliches_?)?kennzeichen|licen[cs]e_?plate|nummernschild",
    "ip": r"ip|ip_?(?:adresse|address|addr)|client_?ip|remote_?(?:ip|addr)",
    "device": r"mac|mac_?(?:adresse|address|addr)|imei|imsi|device_?id|ger[aä]e?te?_?(?:id|kennung)|ad_?id",
    "street": r"stra(?:ß|ss)e|str|anschrift|adresse|street|address|straßenname|strassenname|wohnort",
    "house_number": r"haus_?(?:nr|nummer)|hnr|house_?number",
    "postcode": r"plz|postleitzahl|post_?code|zip",
    "lat": r"lat|latitude|breite|breitengrad|geo_?lat|y_?wgs84|wgs84_?y|y",
    "lon": r"lon|lng|long|longitude|l[aä]e?nge?ngrad|l[aä]e?ngengrad|geo_?lon|x_?wgs84|wgs84_?x|x",
    "east": r"ost|ostwert|rechtswert|easting|e_?utm|utm_?(?:e|x|ost)|x_?utm|x_?koordinate|x_?coord|rw",
    "north": r"nord|nordwert|hochwert|northing|n_?utm|utm_?(?:n|y|nord)|y_?utm|y_?koordinate|y_?coord|hw",
    "time": r"zeit|zeitpunkt|zeitstempel|datum|datetime|timestamp|time|date|uhrzeit|datum_?zeit|ts|gemessen_?am|am",
    "traveller": r"(?:nutzer|user|kunden?|ger[aä]e?te?|device|fahrer|fahrzeug|vehicle|trip|fahrt|handy|person(?:en)?|rider|bike|rad|"
    r"scooter|ausleih|rental|karten?|ticket)_?(?:id|nr|nummer|kennung|hash)|imei|imsi|mac|mac_?adresse",
    "id": r"id|kennung|objekt_?id|(?:\w+_)?id|nr|nummer",
    "count": r"anzahl(?:_\w+)?|(?:\w+_)?anzahl|f[aä]e?lle|summe|count|insgesamt|gesamt|h[aä]e?ufigkeit",
    "people_count": r"(?:anzahl_)?(?:einwohner(?:zahl|innen)?|personen|haushalte|kinder|sch[uü]e?ler(?:innen)?|arbeitslose|erkrankte|"
    r"infizierte|verstorbene|gestorbene|todesf[aä]e?lle|gefl[uü]e?chtete|leistungs(?:empf[aä]e?nger|bezieher|berechtigte)|bezieher|"
    r"ausl[aä]e?nder|asylbewerber|betroffene|straft[aä]e?ter|tatverd[aä]e?chtige|opfer|pflegebed[uü]e?rftige|besch[aä]e?ftigte|patienten|"
    r"krankheitsf[aä]e?lle|bedarfsgemeinschaften)(?:_?(?:anzahl|zahl|gesamt|insgesamt))?",
}
_PATTERNS = {kind: re.compile(rf"(?:{words})", re.IGNORECASE) for kind, words in _WORDS.items()}
# datasets about people, by words of title and description
PEOPLE = re.compile(
    r"(?i)einwohner|bevölkerung|haushalt(?:e\b|sgröße)|arbeitslos|erkrank|infektion|todesf|sterbef|flüchtl|geflüchtet|asyl|sozialhilfe|"
    r"leistungsempf|leistungsbe|pflegebed|schüler|migration|kriminal|straftat|wohngeld|bürgergeld|behinder|patient"
)


def meanings(heading: str) -> frozenset[str]:
    """What a column may hold by its heading, for example {"street"} for "Straße"."""
    text = re.sub(r"\s*[\[(].*?[\])]", "", heading.strip())  # without a unit in brackets
    text = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", "_", text)
    text = re.sub(r"[^\w]+", "_", text).strip("_").lower()
    bare = re.sub(r"_", "", text)
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(text) or pattern.fullmatch(bare))

"""The table of docs/dcat-ap-de.md, from the profile's own tables and from what stands here for the smaller things.

`python -m tests.dcat_ap_de.property_table` in the checkout's environment prints it.
"""

from __future__ import annotations

import inspect
import re

from ckanext.datenplattform.dcat_ap_de.rdf import properties, values
from ckanext.datenplattform.dcat_ap_de.rdf.terms import short

TABLES = {
    "dcat:Dataset": properties.DATASET,
    "dcat:DatasetSeries": properties.SERIES,
    "dcat:Distribution": properties.DISTRIBUTION,
    "dcat:DataService": properties.SERVICE,
}
ONE = (values.TEXT, values.DATE, values.DECIMAL, values.SIZE, values.DURATION, values.NAMED, values.CODE)
MUST = {
    ("dcat:Dataset", "dct:title"): "1..*",
    ("dcat:Dataset", "dct:description"): "1..*",
    ("dcat:Dataset", "dct:publisher"): "1",
    ("dcat:Dataset", "dcatde:contributorID"): "0..1",
    ("dcat:Dataset", "dct:identifier"): "0..1",
    ("dcat:DatasetSeries", "dct:title"): "1..*",
    ("dcat:DatasetSeries", "dct:description"): "1..*",
    ("dcat:DatasetSeries", "dct:publisher"): "1",
    ("dcat:Distribution", "dcat:accessURL"): "1..*",
    ("dcat:Distribution", "dct:license"): "1",
    ("dcat:Distribution", "spdx:checksum"): "0..1",
    ("dcat:DataService", "dct:title"): "1..*",
    ("dcat:DataService", "dct:publisher"): "1",
    ("dcat:DataService", "dcat:endpointURL"): "1..*",
    ("dcat:DataService", "dct:license"): "0..1",
}
SMALL = """
dcat:Catalog | dct:title | – | 1 | no | yes | `ckan.site_title`
dcat:Catalog | dct:description | – | 1 | no | yes | `ckan.site_description`
dcat:Catalog | dct:publisher | – | 1 | no | yes | the municipality
dcat:Catalog | foaf:homepage | – | 1 | no | yes | the portal
dcat:Catalog | dct:language | – | 1 | no | yes | `ckan.locale_default`
dcat:Catalog | dcat:themeTaxonomy | – | 1 | no | yes | the EU's data themes
dcat:Catalog | dct:spatial | – | 0..* | no | yes | the municipality's official keys
dcat:Catalog | dct:modified | – | 0..1 | no | yes | last change to anything public
dcat:Catalog | dcat:record | – | 0..* | no | yes | one for each dataset
dcat:CatalogRecord | foaf:primaryTopic | – | 1 | no | yes | the dataset
dcat:CatalogRecord | dct:modified | metadata_modified | 1 | no | yes | when the entry changed last
dcat:CatalogRecord | dct:issued | metadata_created | 0..1 | no | yes | when the entry was made
dcat:Dataset | dcat:distribution | resources | 0..* | yes | yes | the files and services
dcat:Dataset | dcat:keyword | tags | 0..* | yes | yes | with their languages
dcat:Dataset | dcat:inSeries | in_series | 0..* | yes | yes | the series is written beside the dataset
dcat:Distribution | dcat:accessService | access_services | 0..* | yes | yes | without a download address then (convention 41)
dcat:DataService | dcat:servesDataset | – | 1 | no | yes | the dataset
foaf:Agent | foaf:name | name | 1..* | yes | yes | the address where there is no name
foaf:Agent | foaf:mbox | email | 0..1 | yes | yes |
foaf:Agent | foaf:homepage | url | 0..1 | yes | yes |
foaf:Agent | dct:identifier | identifier | 0..1 | yes | yes |
foaf:Agent | dct:type | type | 0..1 | yes | yes | kind of body (convention 37)
vcard:Kind | vcard:fn | name | 0..1 | yes | yes |
vcard:Kind | vcard:hasEmail | email | 0..1 | yes | yes | mail, web address or telephone is a must
vcard:Kind | vcard:hasURL | url | 0..1 | yes | yes |
vcard:Kind | vcard:hasTelephone | telephone | 0..1 | yes | yes |
dct:Location | skos:prefLabel | text | 0..* | yes | yes |
dct:Location | gsp:hasGeometry | geom | 0..1 | yes | yes | WKT, CRS 84; also read: locn:geometry, GeoJSON
dct:Location | dcat:bbox | bbox | 0..1 | yes | yes | WKT, CRS 84
dct:Location | dcat:centroid | centroid | 0..1 | yes | yes | WKT, CRS 84
gsp:Geometry | gsp:asWKT | geom | 1 | yes | yes |
dct:PeriodOfTime | dcat:startDate | start | 0..1 | yes | yes | one end is a must (convention 38)
dct:PeriodOfTime | dcat:endDate | end | 0..1 | yes | yes |
spdx:Checksum | spdx:checksumValue | hash | 1 | yes | yes |
spdx:Checksum | spdx:algorithm | hash_algorithm | 1 | yes | yes | from the length where it is not given
dct:LicenseDocument | dct:title | license | 0..1 | yes | yes | only a licence that is in no list
dct:LicenseDocument | rdfs:label | license | 0..1 | yes | yes | as before
adms:Identifier | skos:notation | alternate_identifier | 1 | yes | yes |
dct:ProvenanceStatement | dct:title | provenance | 1 | yes | yes | a text becomes a node
dct:ProvenanceStatement | rdfs:label | provenance | 1 | yes | yes | as before
dct:Standard | dct:title | conforms_to | 0..1 | yes | yes | a text becomes a node
dct:Standard | rdfs:label | conforms_to | 0..1 | yes | yes | as before
dct:RightsStatement | dct:title | rights | 0..1 | yes | yes | a text becomes a node
dct:RightsStatement | rdfs:label | rights | 0..1 | yes | yes | as before
eli:LegalResource | dct:title | applicable_legislation | 0..1 | yes | yes | a text becomes a node
eli:LegalResource | rdfs:label | applicable_legislation | 0..1 | yes | yes | as before
skos:Concept | skos:prefLabel | – | 1..* | no | yes | each code with its labels
skos:Concept | skos:inScheme | – | 1 | no | yes | the shapes look for it
skos:ConceptScheme | dct:title | – | 1 | no | yes | of the EU's data themes
dcat:Dataset | dcatde:originator | originator | 0..* | yes | no | 2.0; today geodcatap:originator
dcat:Dataset | dcatde:maintainer | custodian | 0..* | yes | no | 2.0; today geodcatap:custodian
dcat:Dataset | dcatde:legalBasis | applicable_legislation | 0..* | yes | no | 2.0; today dcatap:applicableLegislation
dcat:Dataset | dcatde:qualityProcessURI | documentation | 0..* | yes | no | 2.0; today foaf:page
dcat:Dataset | dcatde:geocodingDescription | spatial_coverage | 0..* | yes | no | 2.0; today the name of a place
dcat:Dataset | dcatde:plannedAvailability | availability | 0..1 | yes | no | 2.0; of files too; today dcatap:availability
dcat:Dataset | owl:versionInfo | version | 0..1 | yes | no | today dcat:version; adms:version likewise
dcat:Dataset | dct:hasVersion | related_resource | 0..* | yes | no | today dct:relation; likewise `legacy.RELATIONS`
dct:PeriodOfTime | schema:startDate | start | 0..1 | yes | no | today dcat:startDate; time:hasBeginning likewise
dct:PeriodOfTime | schema:endDate | end | 0..1 | yes | no | today dcat:endDate; time:hasEnd likewise
"""


def _remarks() -> dict[tuple[str, str], str]:
    """The line of comment above each property, by (table, field)."""
    found: dict[tuple[str, str], str] = {}
    for name in ("DATASET", "DISTRIBUTION", "SERVICE", "SERIES"):
        part = inspect.getsource(properties).split(f"\n{name} = (", 1)[1].split("\n)\n", 1)[0]
        for comment, field in re.findall(r'    # (.*)\n    Property\(\s*"(\w+)"', part):
            found[name, field] = comment.rstrip(".")
    return found


def rows() -> list[tuple[str, ...]]:
    """(class, property, field, cardinality, read, written, remark), as the table has them."""
    remarks, names = _remarks(), {id(getattr(properties, name)): name for name in ("DATASET", "DISTRIBUTION", "SERVICE", "SERIES")}
    made = []
    for cls, table in TABLES.items():
        for prop in table:
            term = short(prop.predicate)
            count = MUST.get((cls, term)) or ("0..1" if prop.codec in ONE else "0..*")
            made.append((cls, term, prop.field, count, "yes", "yes", remarks[names[id(table)], prop.field]))
    small = [tuple(part.strip() for part in line.split(" | ", 6)) for line in SMALL.strip().splitlines()]
    order = [*TABLES, *dict.fromkeys(row[0] for row in small if row[0] not in TABLES)]
    small = [(*row, "")[:7] if len(row) == 6 else row for row in ((*row[:5], row[5].rstrip(" |"), *row[6:]) for row in small)]
    return sorted([*made, *small], key=lambda row: (order.index(row[0]), row[5] == "no"))


def markdown() -> list[str]:
    """The lines of the table."""
    head = ["| Class | Property | Field | Cardinality | Read | Written | Remark |", "| --- | --- | --- | --- | --- | --- | --- |"]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows())]


if __name__ == "__main__":
    print("\n".join(markdown()))

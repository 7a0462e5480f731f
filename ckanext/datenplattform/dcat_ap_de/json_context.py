"""The JSON-LD context of DCAT-AP 3 for catalogues that name it by its address: written here from the vocabulary, never fetched.

Its terms are those of https://semiceu.github.io/DCAT-AP/releases/3.0.1/context/dcat-ap.jsonld with the few that only 3.0.0 had;
they mean the same in both. SEMIC's own file of 3.0.0 lacks a comma and is no JSON.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import Any

from .rdf.terms import ODRL, PREFIXES, TIME

_ADDRESS = re.compile(
    r"https?://(?:semiceu\.github\.io/(?:uri\.semic\.eu-generated/)?DCAT-AP"
    r"|raw\.githubusercontent\.com/SEMICeu/DCAT-AP/\S+?|github\.com/SEMICeu/DCAT-AP/raw/\S+?)"
    r"/releases/3\.0\.[01]/context/dcat-ap\.jsonld"
)
_SPACES = {**PREFIXES, "odrl": ODRL, "time": TIME}

# term=property; @ marks that the value is a node, ^ its datatype. What several classes say alike stands once.
_SAID = "title=dct:title description=dct:description"
_DATES = "modificationDate=dct:modified releaseDate=dct:issued"
_LAW = "applicableLegislation=dcatap:applicableLegislation@"
_WHERE_WHEN = "geographicalCoverage=dct:spatial@ temporalCoverage=dct:temporal@"
_FINE = "spatialResolution=dcat:spatialResolutionInMeters^xsd:decimal temporalResolution=dcat:temporalResolution^xsd:duration"
_ABOUT = "contactPoint=dcat:contactPoint@ publisher=dct:publisher@"
_FOUND_BY = "accessRights=dct:accessRights@ keyword=dcat:keyword landingPage=dcat:landingPage@ theme=dcat:theme@ documentation=foaf:page@"
_DATASET = f"""dcat:Dataset {_SAID} {_DATES} {_LAW} {_WHERE_WHEN} {_FINE} {_ABOUT} {_FOUND_BY}
    conformsTo=dct:conformsTo@ creator=dct:creator@ datasetDistribution=dcat:distribution@ frequency=dct:accrualPeriodicity@
    hasVersion=dcat:hasVersion@ identifier=dct:identifier inSeries=dcat:inSeries@ isReferencedBy=dct:isReferencedBy@
    isVersionOf=dcat:isVersionOf@ language=dct:language@ next=dcat:next@ otherIdentifier=adms:identifier@ previous=dcat:prev@
    provenance=dct:provenance@ qualifiedAttribution=prov:qualifiedAttribution@ qualifiedRelation=dcat:qualifiedRelation@
    relatedResource=dct:relation@ sample=adms:sample@ source=dct:source@ type=dct:type@ version=dcat:version
    versionNotes=adms:versionNotes wasGeneratedBy=prov:wasGeneratedBy@"""

_CLASSES = {
    "Activity": "prov:Activity",
    "Agent": "foaf:Agent name=foaf:name type=dct:type@",
    "Attribution": "prov:Attribution",
    "Catalogue": f"""dcat:Catalog {_SAID} {_DATES} {_LAW} {_WHERE_WHEN} catalogue=dcat:catalog@ creator=dct:creator@
        dataset=dcat:dataset@ hasPart=dct:hasPart@ homepage=foaf:homepage@ isPartOf=dct:isPartOf@ language=dct:language@
        licence=dct:license@ publisher=dct:publisher@ record=dcat:record@ rights=dct:rights@ service=dcat:service@
        themes=dcat:themeTaxonomy@""",
    "CatalogueRecord": f"""dcat:CatalogRecord {_SAID} applicationProfile=dct:conformsTo@ changeType=adms:status@
        language=dct:language@ listingDate=dct:issued modificationDate=dct:modified primaryTopic=foaf:primaryTopic@
        sourceMetadata=dct:source@""",
    "CataloguedResource": "dcat:Resource",
    "Checksum": "spdx:Checksum algorithm=spdx:algorithm@ checksumValue=spdx:checksumValue^xsd:hexBinary",
    "ChecksumAlgorithm": "spdx:ChecksumAlgorithm",
    "Concept": "skos:Concept preferredLabel=skos:prefLabel",
    "ConceptScheme": "skos:ConceptScheme title=dct:title",
    "Conceptscheme": "skos:ConceptScheme title=dct:title",
    "DataService": f"""dcat:DataService {_SAID} {_LAW} {_ABOUT} {_FOUND_BY} conformsTo=dct:conformsTo@
        endpointDescription=dcat:endpointDescription@ endpointUrl=dcat:endpointURL@ format=dct:format@ licence=dct:license@
        servesDataset=dcat:servesDataset@""",
    "Dataset": _DATASET,
    "DatasetMemberOfADatasetSeries": _DATASET,
    "DatasetSeries": f"""dcat:DatasetSeries {_SAID} {_DATES} {_LAW} {_WHERE_WHEN} {_ABOUT} first=dcat:first@
        frequency=dct:accrualPeriodicity@ last=dcat:last@ seriesMember=dcat:seriesMember@""",
    "Distribution": f"""dcat:Distribution {_SAID} {_DATES} {_LAW} {_FINE} accessService=dcat:accessService@
        accessUrl=dcat:accessURL@ availability=dcatap:availability@ byteSize=dcat:byteSize^xsd:nonNegativeInteger
        checksum=spdx:checksum@ compressionFormat=dcat:compressFormat@ documentation=foaf:page@ downloadUrl=dcat:downloadURL@
        format=dct:format@ hasPolicy=odrl:hasPolicy@ language=dct:language@ licence=dct:license@ linkedSchemas=dct:conformsTo@
        mediaType=dcat:mediaType@ packagingFormat=dcat:packageFormat@ rights=dct:rights@ status=adms:status@""",
    "Document": "foaf:Document",
    "Frequency": "dct:Frequency",
    "Geometry": "locn:Geometry",
    "Identifier": "adms:Identifier notation=skos:notation",
    "Kind": "vcard:Kind",
    "LegalResource": "eli:LegalResource",
    "LicenceDocument": "dct:LicenseDocument type=dct:type@",
    "LinguisticSystem": "dct:LinguisticSystem",
    "Location": "dct:Location bbox=dcat:bbox centroid=dcat:centroid geometry=locn:geometry@",
    "MediaType": "dct:MediaType",
    "MediaTypeOrExtent": "dct:MediaTypeOrExtent",
    "PeriodOfTime": """dct:PeriodOfTime beginning=time:hasBeginning@ end=time:hasEnd@ endDate=dcat:endDate
        startDate=dcat:startDate""",
    "Policy": "odrl:Policy",
    "ProvenanceStatement": "dct:ProvenanceStatement",
    "Relationship": "dcat:Relationship hadRole=dcat:hadRole@ relation=dct:relation@",
    "Resource": "rdfs:Resource",
    "RightsStatement": "dct:RightsStatement",
    "Role": "dcat:Role",
    "Standard": "dct:Standard",
    "TimeInstant": "time:Instant",
}


def bundled(address: str) -> dict[str, Any] | None:
    """The context that stands at this address, None when it is not known here."""
    return copy.deepcopy(_dcat_ap()) if _ADDRESS.fullmatch(address) else None


@cache
def _dcat_ap() -> dict[str, Any]:
    return {name: _class(*text.split()) for name, text in _CLASSES.items()}


def _class(iri: str, *terms: str) -> dict[str, Any]:
    """JSON-LD 1.1, clause 4.1.8: what the terms mean below a node of this class."""
    return {"@id": _full(iri), "@context": dict(map(_term, terms))}


def _term(text: str) -> tuple[str, dict[str, str]]:
    name, _, meaning = text.partition("=")
    iri, _, kind = meaning.removesuffix("@").partition("^")
    given = {"@id": _full(iri)}
    if meaning.endswith("@"):
        given["@type"] = "@id"
    elif kind:
        given["@type"] = _full(kind)
    return name, given


def _full(short: str) -> str:
    space, _, name = short.partition(":")
    return f"{_SPACES[space]}{name}"

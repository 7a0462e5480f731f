"""The profile as tables: which field of the dataset dict is which property. One line of comment per property.

`dataset.py` and `distribution.py` walk these tables in both directions.
"""

from __future__ import annotations

from rdflib import URIRef

from .files import CHECKSUM, LICENCE, MEDIA_TYPE
from .legacy import OLD, RELATIONS
from .nodes import AGENTS, CONTACTS, PERIODS, PLACES
from .rest import Kind, kind
from .terms import ADMS, DCAT, DCATAP, DCATDE, DCT, ELI, FOAF, GEODCATAP, RDFS, SPDX
from .values import (
    CODE,
    CODES,
    DATE,
    DECIMAL,
    DURATION,
    IDENTIFIER,
    IDENTIFIERS,
    IRI,
    IRIS,
    NAMED,
    NAMEDS,
    SIZE,
    TEXT,
    TEXTS,
    Property,
)

DATASET = (
    # Name of the dataset, mandatory.
    Property("title", DCT.title, TEXT),
    # What it holds, mandatory.
    Property("notes", DCT.description, TEXT),
    # Who publishes it in the legal sense (convention 36), exactly one, mandatory.
    Property("publisher", DCT.publisher, AGENTS),
    # Who made the data.
    Property("creator", DCT.creator, AGENTS),
    # Who first collected the data (GeoDCAT-AP; replaces dcatde:originator).
    Property("originator", GEODCATAP.originator, AGENTS),
    # Who answers for keeping the data (GeoDCAT-AP; replaces dcatde:maintainer).
    Property("custodian", GEODCATAP.custodian, AGENTS),
    # Who worked on the data.
    Property("contributor", DCT.contributor, AGENTS),
    # Whom to ask; mail or web address needed (convention 1).
    Property("contact", DCAT.contactPoint, CONTACTS),
    # Categories, the EU's 13 data themes (convention 30).
    Property("theme", DCAT.theme, CODES, "theme"),
    # What kind of dataset it is, of the EU's list.
    Property("dcat_type", DCT.type, CODES, "dataset_type"),
    # Page about the dataset in its home portal.
    Property("url", DCAT.landingPage, IRI, cls=FOAF.Document),
    # Further documentation.
    Property("documentation", FOAF.page, IRIS, cls=FOAF.Document),
    # When it was first published.
    Property("issued", DCT.issued, DATE),
    # When its data or metadata changed last (convention 40).
    Property("modified", DCT.modified, DATE),
    # Version of the data.
    Property("version", DCAT.version, TEXT),
    # What is new in this version.
    Property("version_notes", ADMS.versionNotes, TEXT),
    # The id by which other portals find the dataset again.
    Property("identifier", DCT.identifier, IDENTIFIER),
    # Further ids (DOI, id in another portal).
    Property("alternate_identifier", ADMS.identifier, IDENTIFIERS),
    # How often it is updated.
    Property("frequency", DCT.accrualPeriodicity, CODE, "frequency", DCT.Frequency),
    # How long it will stay available.
    Property("availability", DCATAP.availability, CODE, "availability"),
    # Open to all or not.
    Property("access_rights", DCT.accessRights, CODE, "access_right", DCT.RightsStatement),
    # Languages of the data.
    Property("language", DCT.language, CODES, "language", DCT.LinguisticSystem),
    # Where the data comes from, how it was made.
    Property("provenance", DCT.provenance, NAMED, cls=DCT.ProvenanceStatement),
    # Standards that it follows.
    Property("conforms_to", DCT.conformsTo, NAMEDS, cls=DCT.Standard),
    # Publications that use it.
    Property("is_referenced_by", DCT.isReferencedBy, IRIS, cls=RDFS.Resource),
    # Related things.
    Property("related_resource", DCT.relation, IRIS, cls=RDFS.Resource),
    # Musterdatensatz: the same kind of dataset in other municipalities (Musterdatenkatalog).
    Property("references", DCT.references, IRIS),
    # The law that demands publication; for high-value datasets Implementing Regulation (EU) 2023/138.
    Property("applicable_legislation", DCATAP.applicableLegislation, NAMEDS, cls=ELI.LegalResource),
    # High-value dataset category.
    Property("hvd_category", DCATAP.hvdCategory, CODES, "hvd_category"),
    # Period that the data covers.
    Property("temporal_coverage", DCT.temporal, PERIODS),
    # Smallest step in time.
    Property("temporal_resolution", DCAT.temporalResolution, DURATION),
    # Place that the data covers.
    Property("spatial_coverage", DCT.spatial, PLACES),
    # Smallest distance in metres.
    Property("spatial_resolution_in_meters", DCAT.spatialResolutionInMeters, DECIMAL),
    # Administrative level that the data covers.
    Property("political_geocoding_level_uri", DCATDE.politicalGeocodingLevelURI, CODES, "geocoding_level"),
    # The municipality, district or Land covered, by official key (deprecated in 3.0, demanded by convention 8).
    Property("political_geocoding_uri", DCATDE.politicalGeocodingURI, IRIS),
    # Who delivers the metadata to GovData (conventions 12 and 13).
    Property("contributor_id", DCATDE.contributorID, CODES, "contributor"),
)

DISTRIBUTION = (
    # Name of the file or service.
    Property("name", DCT.title, TEXT),
    # What is in it.
    Property("description", DCT.description, TEXT),
    # Where one gets at the data, mandatory.
    Property("access_url", DCAT.accessURL, IRI, cls=RDFS.Resource),
    # Direct download (convention 39); not with an access service.
    Property("download_url", DCAT.downloadURL, IRI, cls=RDFS.Resource),
    # Licence, exactly one (convention 32), mandatory.
    Property("license", DCT.license, LICENCE, "licence"),
    # How the source is to be named (convention 35).
    Property("license_attribution_by_text", DCATDE.licenseAttributionByText, TEXT),
    # File type from the EU's list.
    Property("format", DCT["format"], CODE, "file_type", DCT.MediaTypeOrExtent),
    # Media type at IANA.
    Property("mimetype", DCAT.mediaType, MEDIA_TYPE),
    # Media type of the compression.
    Property("compress_format", DCAT.compressFormat, MEDIA_TYPE),
    # Media type of the package of files.
    Property("package_format", DCAT.packageFormat, MEDIA_TYPE),
    # Size in bytes.
    Property("size", DCAT.byteSize, SIZE),
    # Checksum and its algorithm.
    Property("hash", SPDX.checksum, CHECKSUM),
    # When the file was first published.
    Property("issued", DCT.issued, DATE),
    # When it changed last.
    Property("modified", DCT.modified, DATE),
    # How long it will stay available.
    Property("availability", DCATAP.availability, CODE, "availability"),
    # Maturity (convention 22).
    Property("status", ADMS.status, CODE, "status"),
    # Languages of the file.
    Property("language", DCT.language, CODES, "language", DCT.LinguisticSystem),
    # Documentation of the file.
    Property("documentation", FOAF.page, IRIS, cls=FOAF.Document),
    # Schemas that it follows.
    Property("conforms_to", DCT.conformsTo, NAMEDS, cls=DCT.Standard),
    # The law that demands publication.
    Property("applicable_legislation", DCATAP.applicableLegislation, NAMEDS, cls=ELI.LegalResource),
    # Rights beyond the licence.
    Property("rights", DCT.rights, NAMED, cls=DCT.RightsStatement),
    # Smallest step in time.
    Property("temporal_resolution", DCAT.temporalResolution, DURATION),
    # Smallest distance in metres.
    Property("spatial_resolution_in_meters", DCAT.spatialResolutionInMeters, DECIMAL),
)

SERVICE = (
    # Name of the service, mandatory.
    Property("title", DCT.title, TEXT),
    # What it does.
    Property("description", DCT.description, TEXT),
    # Root address, mandatory.
    Property("endpoint_url", DCAT.endpointURL, IRIS, cls=RDFS.Resource),
    # Machine-readable description (capabilities, OpenAPI).
    Property("endpoint_description", DCAT.endpointDescription, IRI, cls=RDFS.Resource),
    # Standard of the interface.
    Property("conforms_to", DCT.conformsTo, NAMEDS, cls=DCT.Standard),
    # How long it will stay available.
    Property("availability", DCATAP.availability, CODE, "availability"),
    # High-value dataset category, filled from the dataset.
    Property("hvd_category", DCATAP.hvdCategory, CODES, "hvd_category"),
    # Formats that it returns.
    Property("format", DCT["format"], CODES, "file_type", DCT.MediaTypeOrExtent),
    # Licence of the service.
    Property("license", DCT.license, LICENCE, "licence"),
    # Open to all or not.
    Property("access_rights", DCT.accessRights, CODE, "access_right", DCT.RightsStatement),
    # Documentation.
    Property("documentation", FOAF.page, IRIS, cls=FOAF.Document),
    # Page about the service.
    Property("landing_page", DCAT.landingPage, IRIS, cls=FOAF.Document),
    # Keywords.
    Property("keyword", DCAT.keyword, TEXTS),
    # The law that demands it.
    Property("applicable_legislation", DCATAP.applicableLegislation, NAMEDS, cls=ELI.LegalResource),
    # Who runs it, exactly one, mandatory.
    Property("publisher", DCT.publisher, AGENTS),
    # Whom to ask.
    Property("contact", DCAT.contactPoint, CONTACTS),
)

SERIES = (
    # Name of the series, mandatory.
    Property("title", DCT.title, TEXT),
    # What its datasets have in common, mandatory.
    Property("description", DCT.description, TEXT),
    # Who answers for the series, exactly one, mandatory.
    Property("publisher", DCT.publisher, AGENTS),
    # How often a dataset is added.
    Property("frequency", DCT.accrualPeriodicity, CODE, "frequency", DCT.Frequency),
    # When the series was set up.
    Property("issued", DCT.issued, DATE),
    # When the series itself changed last.
    Property("modified", DCT.modified, DATE),
)


def _kind(table: tuple[Property, ...], *others: URIRef) -> Kind:
    """What `rest` must know of a table. The old terms are known too: they have been read, and are never written."""
    return kind(
        [*(prop.predicate for prop in table), *others, *OLD, *RELATIONS],
        [prop.predicate for prop in table if prop.codec is TEXT],
        {prop.predicate: prop.cls for prop in table if prop.codec is IRI},
    )


DATASET_KIND = _kind(DATASET, DCAT.distribution, DCAT.keyword, DCAT.inSeries, DCT.license)
DISTRIBUTION_KIND = _kind(DISTRIBUTION, DCAT.accessService, DCAT.distribution, DCAT.inSeries)
SERVICE_KIND = _kind(SERVICE, DCAT.servesDataset, DCAT.distribution, DCAT.inSeries)
SERIES_KIND = _kind(SERIES, DCAT.seriesMember)

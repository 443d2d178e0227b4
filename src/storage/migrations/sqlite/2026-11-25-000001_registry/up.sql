-- The registry and the names of the documents. Instants are milliseconds since 1970 in UTC; dates of the metadata
-- (DTM) are 14 digits, the earliest instant that they may mean.
--
-- The patient is the shard key: each table of a patient's objects has it first in its key, so that what a query of a
-- patient scans lies together. Ids that are unique among all patients have tables of their own, `global_id` and
-- `unique_id_use`, which say where to look.

-- The identities from which a registration is taken, and those that were merged into others.
CREATE TABLE patient (
    patient_id TEXT NOT NULL PRIMARY KEY,
    known_since BIGINT NOT NULL,
    merged_into TEXT,
    merged_at BIGINT
) WITHOUT ROWID;

-- Whose object an entryUUID names, and which versions a logicalID has.
CREATE TABLE global_id (
    entry_uuid TEXT NOT NULL PRIMARY KEY,
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    logical_id TEXT NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE UNIQUE INDEX global_id_version ON global_id (logical_id, version);

-- Who uses a uniqueId. A document may be registered again with the same bytes, so it is no key by itself.
CREATE TABLE unique_id_use (
    unique_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT,
    size BIGINT,
    PRIMARY KEY (unique_id, entry_uuid)
) WITHOUT ROWID;

-- Every object of the registry, of whatever kind, with its ebRIM as it is answered.
CREATE TABLE registry_object (
    -- Of an association: the patient of the submission set that brought it.
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    kind TEXT NOT NULL,
    logical_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    unique_id TEXT,
    received_at BIGINT NOT NULL,
    -- The element up to where the status is written, and all after it. Last, so that no other column is behind them.
    fragment_head BLOB NOT NULL,
    fragment_tail BLOB NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid)
);

CREATE INDEX registry_object_of_patient ON registry_object (patient_id, kind, status, entry_uuid);

-- What queries ask of a document entry, once each.
CREATE TABLE document_entry (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    object_type TEXT NOT NULL,
    -- Empty for a document made on demand.
    creation_time TEXT NOT NULL,
    service_start_time TEXT,
    service_stop_time TEXT,
    class_code TEXT NOT NULL,
    type_code TEXT NOT NULL,
    format_code TEXT NOT NULL,
    healthcare_facility_type_code TEXT NOT NULL,
    practice_setting_code TEXT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE submission_set (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    source_id TEXT NOT NULL,
    submission_time TEXT NOT NULL,
    content_type_code TEXT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE folder (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    last_update_time TEXT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE association (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    association_type TEXT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

-- Without the patient: a submission set may refer to a document of another one.
CREATE INDEX association_by_source ON association (source, association_type);

CREATE INDEX association_by_target ON association (target, association_type);

-- Codes of which an object may have several, as code^^scheme.
CREATE TABLE object_code (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    attribute TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid, attribute, code),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

-- authorPerson of each author.
CREATE TABLE object_author (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    position INTEGER NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid, position),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

-- referenceIdList.
CREATE TABLE entry_reference (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    position INTEGER NOT NULL,
    reference_id TEXT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid, position),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

-- The documents of the repository, and the files that hold them.
CREATE TABLE document (
    repository_unique_id TEXT NOT NULL,
    unique_id TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT NOT NULL,
    blob TEXT NOT NULL UNIQUE,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (repository_unique_id, unique_id)
) WITHOUT ROWID;

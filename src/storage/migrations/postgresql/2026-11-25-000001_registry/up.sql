-- The registry and the names of the documents: the schema of SQLite with the types of PostgreSQL. Texts are compared by
-- code point, whatever the language of the database. Instants are milliseconds since 1970 in UTC; dates of the metadata
-- (DTM) are 14 digits, the earliest instant that they may mean.
--
-- The patient is the shard key: each table of a patient's objects has it first in its key, so that what a query of a
-- patient scans lies together. Ids that are unique among all patients have tables of their own, `global_id` and
-- `unique_id_use`, which say where to look.

-- The identities from which a registration is taken, and those that were merged into others.
CREATE TABLE IF NOT EXISTS patient (
    patient_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    known_since BIGINT NOT NULL,
    merged_into TEXT COLLATE "C",
    merged_at BIGINT
);

-- Whose object an entryUUID names, and which versions a logicalID has.
CREATE TABLE IF NOT EXISTS global_id (
    entry_uuid TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    patient_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    logical_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS global_id_version ON global_id (logical_id, version);

-- Who uses a uniqueId. A document may be registered again with the same bytes, so it is no key by itself.
CREATE TABLE IF NOT EXISTS unique_id_use (
    unique_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    patient_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C",
    size BIGINT,
    PRIMARY KEY (unique_id, entry_uuid)
);

-- Every object of the registry, of whatever kind, with its ebRIM as it is answered.
CREATE TABLE IF NOT EXISTS registry_object (
    -- Of an association: the patient of the submission set that brought it.
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    logical_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    unique_id TEXT COLLATE "C",
    received_at BIGINT NOT NULL,
    -- The element up to where the status is written, and all after it. Last, so that no other column is behind them.
    fragment_head BYTEA NOT NULL,
    fragment_tail BYTEA NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid)
);

CREATE INDEX IF NOT EXISTS registry_object_of_patient ON registry_object (patient_id, kind, status, entry_uuid);

-- What queries ask of a document entry, once each.
CREATE TABLE IF NOT EXISTS document_entry (
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    object_type TEXT COLLATE "C" NOT NULL,
    -- Empty for a document made on demand.
    creation_time TEXT COLLATE "C" NOT NULL,
    service_start_time TEXT COLLATE "C",
    service_stop_time TEXT COLLATE "C",
    class_code TEXT COLLATE "C" NOT NULL,
    type_code TEXT COLLATE "C" NOT NULL,
    format_code TEXT COLLATE "C" NOT NULL,
    healthcare_facility_type_code TEXT COLLATE "C" NOT NULL,
    practice_setting_code TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS submission_set (
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    source_id TEXT COLLATE "C" NOT NULL,
    submission_time TEXT COLLATE "C" NOT NULL,
    content_type_code TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS folder (
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    last_update_time TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS association (
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    association_type TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
);

-- Without the patient: a submission set may refer to a document of another one.
CREATE INDEX IF NOT EXISTS association_by_source ON association (source, association_type);

CREATE INDEX IF NOT EXISTS association_by_target ON association (target, association_type);

-- Codes of which an object may have several, as code^^scheme.
CREATE TABLE IF NOT EXISTS object_code (
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    attribute TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid, attribute, code),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
);

-- authorPerson of each author.
CREATE TABLE IF NOT EXISTS object_author (
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid, position),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
);

-- referenceIdList.
CREATE TABLE IF NOT EXISTS entry_reference (
    patient_id TEXT COLLATE "C" NOT NULL,
    entry_uuid TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    reference_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid, position),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
);

-- The documents of the repository, and the files that hold them.
CREATE TABLE IF NOT EXISTS document (
    repository_unique_id TEXT COLLATE "C" NOT NULL,
    unique_id TEXT COLLATE "C" NOT NULL,
    mime_type TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    blob TEXT COLLATE "C" NOT NULL UNIQUE,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (repository_unique_id, unique_id)
);

-- What tells, after a connection was lost in the middle of a commit, whether it was made.
CREATE TABLE IF NOT EXISTS write_mark (
    mark TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    written_at BIGINT NOT NULL
);

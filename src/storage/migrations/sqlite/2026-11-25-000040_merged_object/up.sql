-- Which objects a merge of patients moved, and from whom. The first column is whose they are now: it moves with them when that
-- patient is merged in turn, so that the rows of an object tell its whole way.
CREATE TABLE merged_object (
    patient_id TEXT NOT NULL,
    entry_uuid TEXT NOT NULL,
    merged_from TEXT NOT NULL,
    merged_at BIGINT NOT NULL,
    PRIMARY KEY (patient_id, entry_uuid, merged_from),
    FOREIGN KEY (patient_id, entry_uuid) REFERENCES registry_object ON UPDATE CASCADE ON DELETE CASCADE
) WITHOUT ROWID;

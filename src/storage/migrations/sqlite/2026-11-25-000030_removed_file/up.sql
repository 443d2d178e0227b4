-- Files of documents that were removed: noted in the transaction that takes the document out, struck when the file is gone. The start
-- removes what a crash left in between.
CREATE TABLE removed_file (
    blob TEXT NOT NULL PRIMARY KEY,
    removed_at BIGINT NOT NULL
) WITHOUT ROWID;

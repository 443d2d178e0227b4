-- Files of documents that were removed: noted in the transaction that takes the document out, struck when the file is gone. The start
-- removes what a crash left in between.
CREATE TABLE IF NOT EXISTS removed_file (
    blob TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    removed_at BIGINT NOT NULL
);

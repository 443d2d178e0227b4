DROP TABLE IF EXISTS removed_file;

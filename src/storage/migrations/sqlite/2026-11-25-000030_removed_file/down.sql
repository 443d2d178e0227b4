DROP TABLE removed_file;

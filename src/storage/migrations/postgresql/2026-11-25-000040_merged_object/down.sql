DROP TABLE IF EXISTS merged_object;

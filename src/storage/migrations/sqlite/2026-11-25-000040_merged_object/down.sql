DROP TABLE merged_object;

-- Every key of every index of this database; one on the first characters of a column serves, too.
SELECT
    CONVERT(found.table_name USING utf8mb4) AS table_name,
    CONVERT(found.index_name USING utf8mb4) AS index_name,
    found.seq_in_index AS place,
    CONVERT(found.column_name USING utf8mb4) AS key_name,
    NULL AS code_point_key
FROM information_schema.statistics AS found
WHERE found.table_schema = DATABASE() AND found.index_type = 'BTREE'

-- Every key of every index that any statement could use, of the tables that names without a schema mean.
SELECT
    tables.relname AS table_name,
    named.relname AS index_name,
    keys.attnum AS place,
    CASE
        WHEN columns.attnum IS NULL OR columns.attcollation = keys.attcollation
            THEN pg_get_indexdef(indexes.indexrelid, keys.attnum, TRUE)
    END AS key_name,
    CASE WHEN collations.collname = 'C' THEN columns.attname || ' COLLATE "C"' END AS code_point_key
FROM pg_catalog.pg_index AS indexes
INNER JOIN pg_catalog.pg_class AS tables ON indexes.indrelid = tables.oid
INNER JOIN pg_catalog.pg_class AS named ON indexes.indexrelid = named.oid
INNER JOIN pg_catalog.pg_am AS methods ON named.relam = methods.oid
INNER JOIN pg_catalog.pg_attribute AS keys ON indexes.indexrelid = keys.attrelid
LEFT JOIN pg_catalog.pg_attribute AS columns
    ON
        indexes.indrelid = columns.attrelid
        AND pg_get_indexdef(indexes.indexrelid, keys.attnum, TRUE) = columns.attname
LEFT JOIN pg_catalog.pg_collation AS collations ON keys.attcollation = collations.oid
WHERE
    pg_table_is_visible(tables.oid)
    AND indexes.indisvalid
    AND indexes.indpred IS NULL
    AND methods.amname = 'btree'
    AND keys.attnum <= indexes.indnkeyatts

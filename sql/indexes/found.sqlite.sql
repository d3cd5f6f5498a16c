-- Every key of every index that holds all rows, in code-point order; an expression has no name.
SELECT
    tables.name AS table_name,
    indexes.name AS index_name,
    keys.seqno + 1 AS place,
    coalesce(keys.name, '(expression)') AS key_name,
    NULL AS code_point_key
FROM sqlite_master AS tables
INNER JOIN pragma_index_list(tables.name) AS indexes
INNER JOIN pragma_index_xinfo(indexes.name) AS keys
WHERE tables.type = 'table' AND indexes.partial = 0 AND keys.key = 1 AND keys.coll = 'BINARY'

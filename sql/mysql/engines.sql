-- Tables of this database whose engine has no transactions, and so no one moment.
SELECT
    CONVERT(found.table_name USING utf8mb4) AS table_name,
    CONVERT(found.engine USING utf8mb4) AS engine
FROM information_schema.tables AS found
INNER JOIN information_schema.engines AS engines ON found.engine = engines.engine
WHERE found.table_schema = DATABASE() AND engines.transactions <> 'YES'
ORDER BY found.table_name

-- The engine of a table, if it has no transactions, and so no one moment.
SELECT CONVERT(found.engine USING utf8mb4) AS engine
FROM information_schema.tables AS found
INNER JOIN information_schema.engines AS engines ON found.engine = engines.engine
WHERE found.table_schema = :database AND found.table_name = :name AND engines.transactions <> 'YES'

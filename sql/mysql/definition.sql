-- The SELECT of a view, its tables said with their databases; empty where the user may not see it.
SELECT CONVERT(found.view_definition USING utf8mb4) AS definition
FROM information_schema.views AS found
WHERE found.table_schema = :database AND found.table_name = :name

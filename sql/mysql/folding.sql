-- Keys whose collation takes texts that differ for the same: counts and look-ups by them would run into one another.
SELECT
    CONVERT(table_name USING utf8mb4) AS table_name,
    CONVERT(column_name USING utf8mb4) AS column_name,
    CONVERT(collation_name USING utf8mb4) AS collation_name
FROM information_schema.columns
WHERE
    table_schema = DATABASE()
    AND column_name IN ('ittid', 'provider_name')
    AND collation_name NOT IN ('utf8mb4_0900_bin', 'utf8mb4_nopad_bin')
ORDER BY table_name, column_name

-- What this user's sessions are at, by their numbers.
SELECT
    id,
    CONVERT(info USING utf8mb4) AS info
FROM information_schema.processlist
WHERE info IS NOT NULL

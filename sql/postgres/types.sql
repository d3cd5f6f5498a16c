-- The names of types, by their numbers: those that PostgreSQL does not have by itself as enum(name), or of several parts.
SELECT
    oid,
    CASE typtype
        WHEN 'b' THEN typname::text
        WHEN 'e' THEN 'enum(' || typname || ')'
        ELSE 'of several parts (' || typname || ')'
    END
FROM pg_catalog.pg_type
WHERE oid = ANY(%s)

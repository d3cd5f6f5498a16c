-- Collations by which texts that differ can be alike, as pg_collation_for shows them; before PostgreSQL 12 there are none.
SELECT
    CASE WHEN pg_collation_is_visible(collations.oid) THEN '' ELSE quote_ident(schemas.nspname) || '.' END
    || quote_ident(collations.collname)
FROM pg_catalog.pg_collation AS collations
INNER JOIN pg_catalog.pg_namespace AS schemas ON collations.collnamespace = schemas.oid
WHERE to_jsonb(collations) ->> 'collisdeterministic' = 'false'

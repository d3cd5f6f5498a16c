-- One row a supplier, in code-point order. Orphans do not count: a supplier of nothing else has no row.
INSERT INTO supplier_summary (id, provider_name, total_hotels, total_mappings, last_updated, summary_generated_at)
SELECT
    ROW_NUMBER() OVER (ORDER BY provider_name),
    provider_name,
    COUNT(DISTINCT ittid),
    COUNT(*),
    MAX(updated_at),
    :now
FROM provider_mappings
WHERE ittid IN (SELECT ittid FROM hotels)
GROUP BY provider_name

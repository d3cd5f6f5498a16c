-- What each supplier has, as it stood when the summary was generated.
SELECT
    id,
    provider_name,
    total_hotels,
    total_mappings,
    last_updated,
    summary_generated_at
FROM supplier_summary

-- The suppliers with their hotels by country, in order; one without countries has one row.
SELECT
  s.provider_name, s.total_hotels, s.total_mappings, s.last_updated, s.summary_generated_at,
  c.country_code, c.country_hotels
FROM supplier_summary AS s
LEFT JOIN (
  SELECT m.provider_name, l.country_code, count(DISTINCT h.ittid) AS country_hotels
  FROM provider_mappings AS m
  JOIN hotels AS h ON h.ittid = m.ittid
  JOIN locations AS l ON l.ittid = h.ittid
  WHERE l.country_code IS NOT NULL
  GROUP BY ALL
) AS c ON c.provider_name = s.provider_name
ORDER BY s.provider_name, c.country_code

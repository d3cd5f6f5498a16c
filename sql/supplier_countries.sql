-- Hotels by supplier and country: a hotel counts once in each of its countries; orphans do not count.
-- A supplier of the summary without any country keeps one row, its country NULL.
-- It counts in the other views, so that what stands in for one of them holds here too.
SELECT
    summary.provider_name,
    countries.country_code,
    countries.country_hotels
FROM catalogue_supplier_summary AS summary
LEFT JOIN (
    SELECT
        mappings.provider_name,
        locations.country_code,
        COUNT(DISTINCT mappings.ittid) AS country_hotels
    FROM catalogue_provider_mappings AS mappings
    INNER JOIN catalogue_hotels AS hotels ON mappings.ittid = hotels.ittid
    INNER JOIN catalogue_locations AS locations ON mappings.ittid = locations.ittid
    WHERE locations.country_code IS NOT NULL
    GROUP BY mappings.provider_name, locations.country_code
) AS countries ON summary.provider_name = countries.provider_name

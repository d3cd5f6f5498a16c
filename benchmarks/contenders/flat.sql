-- The 28 columns of a hotel's line, flattened by DuckDB alone; `place` is where a row stands in its table.
WITH
  l AS (SELECT * EXCLUDE (place) FROM locations QUALIFY row_number() OVER (PARTITION BY ittid ORDER BY place) = 1),
  c AS (
    SELECT
      ittid,
      string_agg(value, '; ' ORDER BY place) FILTER (contact_type = 'phone') AS phone,
      string_agg(value, '; ' ORDER BY place) FILTER (contact_type = 'email') AS email,
      string_agg(value, '; ' ORDER BY place) FILTER (contact_type = 'website') AS website,
      string_agg(value, '; ' ORDER BY place) FILTER (contact_type = 'fax') AS fax
    FROM contacts GROUP BY ittid
  ),
  m AS (
    SELECT
      ittid,
      string_agg(provider_name, '; ' ORDER BY place) AS provider_names,
      string_agg(provider_id, '; ' ORDER BY place) AS provider_ids,
      string_agg(giata_code, '; ' ORDER BY place) FILTER (new_giata) AS giata_codes,
      string_agg(vervotech_id, '; ' ORDER BY place) FILTER (new_vervotech) AS vervotech_ids
    FROM (
      SELECT
        *,
        row_number() OVER (PARTITION BY ittid, giata_code ORDER BY place) = 1 AS new_giata,
        row_number() OVER (PARTITION BY ittid, vervotech_id ORDER BY place) = 1 AS new_vervotech
      FROM provider_mappings
    ) GROUP BY ittid
  )
SELECT
  hotels.ittid, name, latitude, longitude, rating, address_line1, address_line2, postal_code, property_type,
  city_name, state_name, state_code, country_name, country_code, master_city_name, city_code, city_location_id,
  phone, email, website, fax, provider_names, provider_ids, giata_codes, vervotech_ids, primary_photo,
  CASE WHEN microsecond(created_at) % 1000000 = 0 THEN strftime(created_at, '%Y-%m-%dT%H:%M:%SZ')
    ELSE strftime(created_at, '%Y-%m-%dT%H:%M:%S.%fZ') END AS created_at,
  CASE WHEN microsecond(updated_at) % 1000000 = 0 THEN strftime(updated_at, '%Y-%m-%dT%H:%M:%SZ')
    ELSE strftime(updated_at, '%Y-%m-%dT%H:%M:%S.%fZ') END AS updated_at
FROM hotels
LEFT JOIN l ON l.ittid = hotels.ittid
LEFT JOIN c ON c.ittid = hotels.ittid
LEFT JOIN m ON m.ittid = hotels.ittid
ORDER BY hotels.place

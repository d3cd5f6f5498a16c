-- The mappings of hotels that exist, with what is told of the hotel, in order.
SELECT
  m.id, m.ittid, m.provider_name, m.provider_id, m.system_type, m.vervotech_id, m.giata_code, m.created_at,
  m.updated_at, h.name AS hotel_name, h.latitude AS hotel_latitude, h.longitude AS hotel_longitude,
  h.rating AS hotel_rating, l.country_code AS hotel_country_code, l.country_code
FROM provider_mappings AS m
JOIN hotels AS h ON h.ittid = m.ittid
LEFT JOIN (SELECT * FROM locations QUALIFY row_number() OVER (PARTITION BY ittid ORDER BY id) = 1) AS l
  ON l.ittid = m.ittid
ORDER BY m.ittid, m.provider_name, m.id

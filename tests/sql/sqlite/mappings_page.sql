-- how many records
WITH catalogue_hotels AS (
  /* The hotels of the catalogue. latitude, longitude and rating are text: what people typed. */
  SELECT
    id,
    ittid,
    name,
    latitude,
    longitude,
    rating,
    address_line1,
    address_line2,
    postal_code,
    property_type,
    primary_photo,
    created_at,
    updated_at
  FROM hotels
), catalogue_provider_mappings AS (
  /* Under which id each supplier knows a hotel. */
  SELECT
    id,
    ittid,
    provider_name,
    provider_id,
    system_type,
    vervotech_id,
    giata_code,
    created_at,
    updated_at
  FROM provider_mappings
)
SELECT
  COUNT(*) AS records
FROM catalogue_provider_mappings
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["9", "A-1"]')
  )
  AND provider_name COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["agoda"]')
  )
  AND MICROSECONDS(updated_at) >= 1751241600000000
  AND MICROSECONDS(updated_at) <= 1751365800000001
  AND (
    ittid COLLATE BINARY > '9'
    OR (
      ittid COLLATE BINARY = '9'
      AND (
        provider_name COLLATE BINARY > 'it''s'
        OR (
          provider_name COLLATE BINARY = 'it''s' AND id > 17
        )
      )
    )
  )
  AND (
    ittid COLLATE BINARY < 'A-1'
    OR (
      ittid COLLATE BINARY = 'A-1'
      AND (
        provider_name COLLATE BINARY < 'agoda'
        OR (
          provider_name COLLATE BINARY = 'agoda' AND id <= 4
        )
      )
    )
  );

-- where the page ends
WITH catalogue_hotels AS (
  /* The hotels of the catalogue. latitude, longitude and rating are text: what people typed. */
  SELECT
    id,
    ittid,
    name,
    latitude,
    longitude,
    rating,
    address_line1,
    address_line2,
    postal_code,
    property_type,
    primary_photo,
    created_at,
    updated_at
  FROM hotels
), catalogue_provider_mappings AS (
  /* Under which id each supplier knows a hotel. */
  SELECT
    id,
    ittid,
    provider_name,
    provider_id,
    system_type,
    vervotech_id,
    giata_code,
    created_at,
    updated_at
  FROM provider_mappings
)
SELECT
  ittid,
  provider_name,
  id
FROM catalogue_provider_mappings
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["9", "A-1"]')
  )
  AND provider_name COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["agoda"]')
  )
  AND MICROSECONDS(updated_at) >= 1751241600000000
  AND MICROSECONDS(updated_at) <= 1751365800000001
  AND (
    ittid COLLATE BINARY > '9'
    OR (
      ittid COLLATE BINARY = '9'
      AND (
        provider_name COLLATE BINARY > 'it''s'
        OR (
          provider_name COLLATE BINARY = 'it''s' AND id > 17
        )
      )
    )
  )
  AND (
    ittid COLLATE BINARY < 'A-1'
    OR (
      ittid COLLATE BINARY = 'A-1'
      AND (
        provider_name COLLATE BINARY < 'agoda'
        OR (
          provider_name COLLATE BINARY = 'agoda' AND id <= 4
        )
      )
    )
  )
ORDER BY
  ittid COLLATE BINARY,
  provider_name COLLATE BINARY,
  id
LIMIT 2
OFFSET 2;

-- provider_mappings
WITH catalogue_hotels AS (
  /* The hotels of the catalogue. latitude, longitude and rating are text: what people typed. */
  SELECT
    id,
    ittid,
    name,
    latitude,
    longitude,
    rating,
    address_line1,
    address_line2,
    postal_code,
    property_type,
    primary_photo,
    created_at,
    updated_at
  FROM hotels
), catalogue_provider_mappings AS (
  /* Under which id each supplier knows a hotel. */
  SELECT
    id,
    ittid,
    provider_name,
    provider_id,
    system_type,
    vervotech_id,
    giata_code,
    created_at,
    updated_at
  FROM provider_mappings
)
SELECT
  ittid,
  provider_name,
  provider_id,
  system_type,
  vervotech_id,
  giata_code,
  created_at,
  updated_at
FROM catalogue_provider_mappings
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["9", "A-1"]')
  )
  AND provider_name COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["agoda"]')
  )
  AND MICROSECONDS(updated_at) >= 1751241600000000
  AND MICROSECONDS(updated_at) <= 1751365800000001
  AND (
    ittid COLLATE BINARY > '9'
    OR (
      ittid COLLATE BINARY = '9'
      AND (
        provider_name COLLATE BINARY > 'it''s'
        OR (
          provider_name COLLATE BINARY = 'it''s' AND id > 17
        )
      )
    )
  )
  AND (
    ittid COLLATE BINARY < 'A-1'
    OR (
      ittid COLLATE BINARY = 'A-1'
      AND (
        provider_name COLLATE BINARY < 'agoda'
        OR (
          provider_name COLLATE BINARY = 'agoda' AND id <= 4
        )
      )
    )
  )
ORDER BY
  ittid COLLATE BINARY,
  provider_name COLLATE BINARY,
  id;

-- hotels
WITH catalogue_hotels AS (
  /* The hotels of the catalogue. latitude, longitude and rating are text: what people typed. */
  SELECT
    id,
    ittid,
    name,
    latitude,
    longitude,
    rating,
    address_line1,
    address_line2,
    postal_code,
    property_type,
    primary_photo,
    created_at,
    updated_at
  FROM hotels
), catalogue_provider_mappings AS (
  /* Under which id each supplier knows a hotel. */
  SELECT
    id,
    ittid,
    provider_name,
    provider_id,
    system_type,
    vervotech_id,
    giata_code,
    created_at,
    updated_at
  FROM provider_mappings
)
SELECT
  ittid,
  name,
  latitude,
  longitude,
  rating
FROM catalogue_hotels
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_hotels
      )
      AND ittid COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["9", "A-1"]')
      )
      AND provider_name COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["agoda"]')
      )
      AND MICROSECONDS(updated_at) >= 1751241600000000
      AND MICROSECONDS(updated_at) <= 1751365800000001
      AND (
        ittid COLLATE BINARY > '9'
        OR (
          ittid COLLATE BINARY = '9'
          AND (
            provider_name COLLATE BINARY > 'it''s'
            OR (
              provider_name COLLATE BINARY = 'it''s' AND id > 17
            )
          )
        )
      )
      AND (
        ittid COLLATE BINARY < 'A-1'
        OR (
          ittid COLLATE BINARY = 'A-1'
          AND (
            provider_name COLLATE BINARY < 'agoda'
            OR (
              provider_name COLLATE BINARY = 'agoda' AND id <= 4
            )
          )
        )
      )
  )
ORDER BY
  ittid COLLATE BINARY;

-- locations
WITH catalogue_hotels AS (
  /* The hotels of the catalogue. latitude, longitude and rating are text: what people typed. */
  SELECT
    id,
    ittid,
    name,
    latitude,
    longitude,
    rating,
    address_line1,
    address_line2,
    postal_code,
    property_type,
    primary_photo,
    created_at,
    updated_at
  FROM hotels
), catalogue_locations AS (
  /* Where the hotels are; a hotel can have none or several. */
  SELECT
    id,
    ittid,
    city_name,
    state_name,
    state_code,
    country_name,
    country_code,
    master_city_name,
    city_code,
    city_location_id
  FROM locations
), catalogue_provider_mappings AS (
  /* Under which id each supplier knows a hotel. */
  SELECT
    id,
    ittid,
    provider_name,
    provider_id,
    system_type,
    vervotech_id,
    giata_code,
    created_at,
    updated_at
  FROM provider_mappings
)
SELECT
  ittid,
  country_code
FROM catalogue_locations
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_hotels
      )
      AND ittid COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["9", "A-1"]')
      )
      AND provider_name COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["agoda"]')
      )
      AND MICROSECONDS(updated_at) >= 1751241600000000
      AND MICROSECONDS(updated_at) <= 1751365800000001
      AND (
        ittid COLLATE BINARY > '9'
        OR (
          ittid COLLATE BINARY = '9'
          AND (
            provider_name COLLATE BINARY > 'it''s'
            OR (
              provider_name COLLATE BINARY = 'it''s' AND id > 17
            )
          )
        )
      )
      AND (
        ittid COLLATE BINARY < 'A-1'
        OR (
          ittid COLLATE BINARY = 'A-1'
          AND (
            provider_name COLLATE BINARY < 'agoda'
            OR (
              provider_name COLLATE BINARY = 'agoda' AND id <= 4
            )
          )
        )
      )
  )
ORDER BY
  ittid COLLATE BINARY,
  id;

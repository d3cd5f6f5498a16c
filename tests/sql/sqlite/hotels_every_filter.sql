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
  COUNT(*) AS records
FROM catalogue_hotels
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["9", "A-1", "é-1"]')
  )
  AND property_type COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["Hotel", ""]')
  )
  AND MICROSECONDS(updated_at) >= 1751241600000000
  AND MICROSECONDS(updated_at) <= 1751365800000001
  AND CASE
    WHEN LENGTH(CAST(rating AS BLOB)) <= 300
    AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
    AND TRIM(rating, ' ') GLOB '*[0-9]*'
    AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
    AND NOT rating GLOB '*.*.*'
    THEN CAST(TRIM(rating, ' ') AS REAL)
  END >= 3
  AND CASE
    WHEN LENGTH(CAST(rating AS BLOB)) <= 300
    AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
    AND TRIM(rating, ' ') GLOB '*[0-9]*'
    AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
    AND NOT rating GLOB '*.*.*'
    THEN CAST(TRIM(rating, ' ') AS REAL)
  END <= 4.5
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_locations
    WHERE
      country_code COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["FR", "US"]')
      )
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["agoda", "ean"]')
      )
  )
  AND ittid COLLATE BINARY > '10000001'
  AND ittid COLLATE BINARY <= 'é-1';

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
  ittid
FROM catalogue_hotels
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["9", "A-1", "é-1"]')
  )
  AND property_type COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["Hotel", ""]')
  )
  AND MICROSECONDS(updated_at) >= 1751241600000000
  AND MICROSECONDS(updated_at) <= 1751365800000001
  AND CASE
    WHEN LENGTH(CAST(rating AS BLOB)) <= 300
    AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
    AND TRIM(rating, ' ') GLOB '*[0-9]*'
    AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
    AND NOT rating GLOB '*.*.*'
    THEN CAST(TRIM(rating, ' ') AS REAL)
  END >= 3
  AND CASE
    WHEN LENGTH(CAST(rating AS BLOB)) <= 300
    AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
    AND TRIM(rating, ' ') GLOB '*[0-9]*'
    AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
    AND NOT rating GLOB '*.*.*'
    THEN CAST(TRIM(rating, ' ') AS REAL)
  END <= 4.5
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_locations
    WHERE
      country_code COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["FR", "US"]')
      )
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["agoda", "ean"]')
      )
  )
  AND ittid COLLATE BINARY > '10000001'
  AND ittid COLLATE BINARY <= 'é-1'
ORDER BY
  ittid COLLATE BINARY
LIMIT 2
OFFSET 99;

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
FROM catalogue_hotels
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["9", "A-1", "é-1"]')
  )
  AND property_type COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["Hotel", ""]')
  )
  AND MICROSECONDS(updated_at) >= 1751241600000000
  AND MICROSECONDS(updated_at) <= 1751365800000001
  AND CASE
    WHEN LENGTH(CAST(rating AS BLOB)) <= 300
    AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
    AND TRIM(rating, ' ') GLOB '*[0-9]*'
    AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
    AND NOT rating GLOB '*.*.*'
    THEN CAST(TRIM(rating, ' ') AS REAL)
  END >= 3
  AND CASE
    WHEN LENGTH(CAST(rating AS BLOB)) <= 300
    AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
    AND TRIM(rating, ' ') GLOB '*[0-9]*'
    AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
    AND NOT rating GLOB '*.*.*'
    THEN CAST(TRIM(rating, ' ') AS REAL)
  END <= 4.5
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_locations
    WHERE
      country_code COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["FR", "US"]')
      )
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["agoda", "ean"]')
      )
  )
  AND ittid COLLATE BINARY > '10000001'
  AND ittid COLLATE BINARY <= 'é-1'
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
  city_name,
  state_name,
  state_code,
  country_name,
  country_code,
  master_city_name,
  city_code,
  city_location_id
FROM catalogue_locations
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["9", "A-1", "é-1"]')
      )
      AND property_type COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["Hotel", ""]')
      )
      AND MICROSECONDS(updated_at) >= 1751241600000000
      AND MICROSECONDS(updated_at) <= 1751365800000001
      AND CASE
        WHEN LENGTH(CAST(rating AS BLOB)) <= 300
        AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
        AND TRIM(rating, ' ') GLOB '*[0-9]*'
        AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
        AND NOT rating GLOB '*.*.*'
        THEN CAST(TRIM(rating, ' ') AS REAL)
      END >= 3
      AND CASE
        WHEN LENGTH(CAST(rating AS BLOB)) <= 300
        AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
        AND TRIM(rating, ' ') GLOB '*[0-9]*'
        AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
        AND NOT rating GLOB '*.*.*'
        THEN CAST(TRIM(rating, ' ') AS REAL)
      END <= 4.5
      AND ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_locations
        WHERE
          country_code COLLATE BINARY IN (
            SELECT
              value
            FROM JSON_EACH('["FR", "US"]')
          )
      )
      AND ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name COLLATE BINARY IN (
            SELECT
              value
            FROM JSON_EACH('["agoda", "ean"]')
          )
      )
      AND ittid COLLATE BINARY > '10000001'
      AND ittid COLLATE BINARY <= 'é-1'
  )
ORDER BY
  ittid COLLATE BINARY,
  id;

-- contacts
WITH catalogue_contacts AS (
  /* How the hotels are reached: phone, email, fax or website. */
  SELECT
    id,
    ittid,
    contact_type,
    value
  FROM contacts
), catalogue_hotels AS (
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
  contact_type,
  value
FROM catalogue_contacts
WHERE
  ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["9", "A-1", "é-1"]')
      )
      AND property_type COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["Hotel", ""]')
      )
      AND MICROSECONDS(updated_at) >= 1751241600000000
      AND MICROSECONDS(updated_at) <= 1751365800000001
      AND CASE
        WHEN LENGTH(CAST(rating AS BLOB)) <= 300
        AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
        AND TRIM(rating, ' ') GLOB '*[0-9]*'
        AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
        AND NOT rating GLOB '*.*.*'
        THEN CAST(TRIM(rating, ' ') AS REAL)
      END >= 3
      AND CASE
        WHEN LENGTH(CAST(rating AS BLOB)) <= 300
        AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
        AND TRIM(rating, ' ') GLOB '*[0-9]*'
        AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
        AND NOT rating GLOB '*.*.*'
        THEN CAST(TRIM(rating, ' ') AS REAL)
      END <= 4.5
      AND ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_locations
        WHERE
          country_code COLLATE BINARY IN (
            SELECT
              value
            FROM JSON_EACH('["FR", "US"]')
          )
      )
      AND ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name COLLATE BINARY IN (
            SELECT
              value
            FROM JSON_EACH('["agoda", "ean"]')
          )
      )
      AND ittid COLLATE BINARY > '10000001'
      AND ittid COLLATE BINARY <= 'é-1'
  )
ORDER BY
  ittid COLLATE BINARY,
  id;

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
  provider_name,
  provider_id,
  system_type,
  vervotech_id,
  giata_code,
  created_at,
  updated_at
FROM catalogue_provider_mappings
WHERE
  provider_name COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["agoda", "ean"]')
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["9", "A-1", "é-1"]')
      )
      AND property_type COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["Hotel", ""]')
      )
      AND MICROSECONDS(updated_at) >= 1751241600000000
      AND MICROSECONDS(updated_at) <= 1751365800000001
      AND CASE
        WHEN LENGTH(CAST(rating AS BLOB)) <= 300
        AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
        AND TRIM(rating, ' ') GLOB '*[0-9]*'
        AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
        AND NOT rating GLOB '*.*.*'
        THEN CAST(TRIM(rating, ' ') AS REAL)
      END >= 3
      AND CASE
        WHEN LENGTH(CAST(rating AS BLOB)) <= 300
        AND LENGTH(CAST(rating AS BLOB)) = LENGTH(rating)
        AND TRIM(rating, ' ') GLOB '*[0-9]*'
        AND NOT TRIM(rating, ' ') GLOB '*[^0-9.]*'
        AND NOT rating GLOB '*.*.*'
        THEN CAST(TRIM(rating, ' ') AS REAL)
      END <= 4.5
      AND ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_locations
        WHERE
          country_code COLLATE BINARY IN (
            SELECT
              value
            FROM JSON_EACH('["FR", "US"]')
          )
      )
      AND ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name COLLATE BINARY IN (
            SELECT
              value
            FROM JSON_EACH('["agoda", "ean"]')
          )
      )
      AND ittid COLLATE BINARY > '10000001'
      AND ittid COLLATE BINARY <= 'é-1'
  )
ORDER BY
  ittid COLLATE BINARY,
  id;

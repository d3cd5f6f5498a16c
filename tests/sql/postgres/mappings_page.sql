-- how many records
WITH catalogue_hotels AS NOT MATERIALIZED (
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
), catalogue_provider_mappings AS NOT MATERIALIZED (
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid = ANY(
    CAST('{"9","A-1"}' AS TEXT[])
  )
  AND provider_name = ANY(
    CAST('{"agoda"}' AS TEXT[])
  )
  AND updated_at >= CAST('2025-06-30 00:00:00' AS TIMESTAMP)
  AND updated_at <= CAST('2025-07-01 10:30:00.000001' AS TIMESTAMP)
  AND (
    ittid COLLATE "C" > '9'
    OR (
      ittid COLLATE "C" = '9'
      AND (
        provider_name COLLATE "C" > 'it''s'
        OR (
          provider_name COLLATE "C" = 'it''s' AND id > 17
        )
      )
    )
  )
  AND (
    ittid COLLATE "C" < 'A-1'
    OR (
      ittid COLLATE "C" = 'A-1'
      AND (
        provider_name COLLATE "C" < 'agoda'
        OR (
          provider_name COLLATE "C" = 'agoda' AND id <= 4
        )
      )
    )
  );

-- where the page ends
WITH catalogue_hotels AS NOT MATERIALIZED (
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
), catalogue_provider_mappings AS NOT MATERIALIZED (
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid = ANY(
    CAST('{"9","A-1"}' AS TEXT[])
  )
  AND provider_name = ANY(
    CAST('{"agoda"}' AS TEXT[])
  )
  AND updated_at >= CAST('2025-06-30 00:00:00' AS TIMESTAMP)
  AND updated_at <= CAST('2025-07-01 10:30:00.000001' AS TIMESTAMP)
  AND (
    ittid COLLATE "C" > '9'
    OR (
      ittid COLLATE "C" = '9'
      AND (
        provider_name COLLATE "C" > 'it''s'
        OR (
          provider_name COLLATE "C" = 'it''s' AND id > 17
        )
      )
    )
  )
  AND (
    ittid COLLATE "C" < 'A-1'
    OR (
      ittid COLLATE "C" = 'A-1'
      AND (
        provider_name COLLATE "C" < 'agoda'
        OR (
          provider_name COLLATE "C" = 'agoda' AND id <= 4
        )
      )
    )
  )
ORDER BY
  ittid COLLATE "C",
  provider_name COLLATE "C",
  id
LIMIT 2
OFFSET 2;

-- provider_mappings
WITH catalogue_hotels AS NOT MATERIALIZED (
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
), catalogue_provider_mappings AS NOT MATERIALIZED (
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid = ANY(
    CAST('{"9","A-1"}' AS TEXT[])
  )
  AND provider_name = ANY(
    CAST('{"agoda"}' AS TEXT[])
  )
  AND updated_at >= CAST('2025-06-30 00:00:00' AS TIMESTAMP)
  AND updated_at <= CAST('2025-07-01 10:30:00.000001' AS TIMESTAMP)
  AND (
    ittid COLLATE "C" > '9'
    OR (
      ittid COLLATE "C" = '9'
      AND (
        provider_name COLLATE "C" > 'it''s'
        OR (
          provider_name COLLATE "C" = 'it''s' AND id > 17
        )
      )
    )
  )
  AND (
    ittid COLLATE "C" < 'A-1'
    OR (
      ittid COLLATE "C" = 'A-1'
      AND (
        provider_name COLLATE "C" < 'agoda'
        OR (
          provider_name COLLATE "C" = 'agoda' AND id <= 4
        )
      )
    )
  )
ORDER BY
  ittid COLLATE "C",
  provider_name COLLATE "C",
  id;

-- hotels
WITH catalogue_hotels AS NOT MATERIALIZED (
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
), catalogue_provider_mappings AS NOT MATERIALIZED (
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      ittid IN (
        SELECT
          ittid
        FROM catalogue_hotels
      )
      AND ittid = ANY(
        CAST('{"9","A-1"}' AS TEXT[])
      )
      AND provider_name = ANY(
        CAST('{"agoda"}' AS TEXT[])
      )
      AND updated_at >= CAST('2025-06-30 00:00:00' AS TIMESTAMP)
      AND updated_at <= CAST('2025-07-01 10:30:00.000001' AS TIMESTAMP)
      AND (
        ittid COLLATE "C" > '9'
        OR (
          ittid COLLATE "C" = '9'
          AND (
            provider_name COLLATE "C" > 'it''s'
            OR (
              provider_name COLLATE "C" = 'it''s' AND id > 17
            )
          )
        )
      )
      AND (
        ittid COLLATE "C" < 'A-1'
        OR (
          ittid COLLATE "C" = 'A-1'
          AND (
            provider_name COLLATE "C" < 'agoda'
            OR (
              provider_name COLLATE "C" = 'agoda' AND id <= 4
            )
          )
        )
      )
  )
ORDER BY
  ittid COLLATE "C";

-- locations
WITH catalogue_hotels AS NOT MATERIALIZED (
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
), catalogue_locations AS NOT MATERIALIZED (
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
), catalogue_provider_mappings AS NOT MATERIALIZED (
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      ittid IN (
        SELECT
          ittid
        FROM catalogue_hotels
      )
      AND ittid = ANY(
        CAST('{"9","A-1"}' AS TEXT[])
      )
      AND provider_name = ANY(
        CAST('{"agoda"}' AS TEXT[])
      )
      AND updated_at >= CAST('2025-06-30 00:00:00' AS TIMESTAMP)
      AND updated_at <= CAST('2025-07-01 10:30:00.000001' AS TIMESTAMP)
      AND (
        ittid COLLATE "C" > '9'
        OR (
          ittid COLLATE "C" = '9'
          AND (
            provider_name COLLATE "C" > 'it''s'
            OR (
              provider_name COLLATE "C" = 'it''s' AND id > 17
            )
          )
        )
      )
      AND (
        ittid COLLATE "C" < 'A-1'
        OR (
          ittid COLLATE "C" = 'A-1'
          AND (
            provider_name COLLATE "C" < 'agoda'
            OR (
              provider_name COLLATE "C" = 'agoda' AND id <= 4
            )
          )
        )
      )
  )
ORDER BY
  ittid COLLATE "C",
  id;

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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31')
  AND provider_name IN (_utf8mb4 x'61676f6461')
  AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
  AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
  AND (
    ittid > _utf8mb4 x'39'
    OR (
      ittid = _utf8mb4 x'39'
      AND (
        provider_name > _utf8mb4 x'69742773'
        OR (
          provider_name = _utf8mb4 x'69742773' AND id > 17
        )
      )
    )
  )
  AND (
    ittid < _utf8mb4 x'412d31'
    OR (
      ittid = _utf8mb4 x'412d31'
      AND (
        provider_name < _utf8mb4 x'61676f6461'
        OR (
          provider_name = _utf8mb4 x'61676f6461' AND id <= 4
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31')
  AND provider_name IN (_utf8mb4 x'61676f6461')
  AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
  AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
  AND (
    ittid > _utf8mb4 x'39'
    OR (
      ittid = _utf8mb4 x'39'
      AND (
        provider_name > _utf8mb4 x'69742773'
        OR (
          provider_name = _utf8mb4 x'69742773' AND id > 17
        )
      )
    )
  )
  AND (
    ittid < _utf8mb4 x'412d31'
    OR (
      ittid = _utf8mb4 x'412d31'
      AND (
        provider_name < _utf8mb4 x'61676f6461'
        OR (
          provider_name = _utf8mb4 x'61676f6461' AND id <= 4
        )
      )
    )
  )
ORDER BY
  ittid,
  provider_name,
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
  )
  AND ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31')
  AND provider_name IN (_utf8mb4 x'61676f6461')
  AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
  AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
  AND (
    ittid > _utf8mb4 x'39'
    OR (
      ittid = _utf8mb4 x'39'
      AND (
        provider_name > _utf8mb4 x'69742773'
        OR (
          provider_name = _utf8mb4 x'69742773' AND id > 17
        )
      )
    )
  )
  AND (
    ittid < _utf8mb4 x'412d31'
    OR (
      ittid = _utf8mb4 x'412d31'
      AND (
        provider_name < _utf8mb4 x'61676f6461'
        OR (
          provider_name = _utf8mb4 x'61676f6461' AND id <= 4
        )
      )
    )
  )
ORDER BY
  ittid,
  provider_name,
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
      AND ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31')
      AND provider_name IN (_utf8mb4 x'61676f6461')
      AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
      AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
      AND (
        ittid > _utf8mb4 x'39'
        OR (
          ittid = _utf8mb4 x'39'
          AND (
            provider_name > _utf8mb4 x'69742773'
            OR (
              provider_name = _utf8mb4 x'69742773' AND id > 17
            )
          )
        )
      )
      AND (
        ittid < _utf8mb4 x'412d31'
        OR (
          ittid = _utf8mb4 x'412d31'
          AND (
            provider_name < _utf8mb4 x'61676f6461'
            OR (
              provider_name = _utf8mb4 x'61676f6461' AND id <= 4
            )
          )
        )
      )
  )
ORDER BY
  ittid;

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
      AND ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31')
      AND provider_name IN (_utf8mb4 x'61676f6461')
      AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
      AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
      AND (
        ittid > _utf8mb4 x'39'
        OR (
          ittid = _utf8mb4 x'39'
          AND (
            provider_name > _utf8mb4 x'69742773'
            OR (
              provider_name = _utf8mb4 x'69742773' AND id > 17
            )
          )
        )
      )
      AND (
        ittid < _utf8mb4 x'412d31'
        OR (
          ittid = _utf8mb4 x'412d31'
          AND (
            provider_name < _utf8mb4 x'61676f6461'
            OR (
              provider_name = _utf8mb4 x'61676f6461' AND id <= 4
            )
          )
        )
      )
  )
ORDER BY
  ittid,
  id;

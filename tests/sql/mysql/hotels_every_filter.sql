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
  ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31', _utf8mb4 x'c3a92d31')
  AND property_type IN (_utf8mb4 x'486f74656c', _utf8mb4 x'')
  AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
  AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
  AND CASE
    WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
    AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
    THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
  END >= 3
  AND CASE
    WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
    AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
    THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
  END <= 4.5
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_locations
    WHERE
      country_code IN (_utf8mb4 x'4652', _utf8mb4 x'5553')
  )
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name IN (_utf8mb4 x'61676f6461', _utf8mb4 x'65616e')
  )
  AND ittid > _utf8mb4 x'3130303030303031'
  AND ittid <= _utf8mb4 x'c3a92d31';

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
  ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31', _utf8mb4 x'c3a92d31')
  AND property_type IN (_utf8mb4 x'486f74656c', _utf8mb4 x'')
  AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
  AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
  AND CASE
    WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
    AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
    THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
  END >= 3
  AND CASE
    WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
    AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
    THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
  END <= 4.5
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_locations
    WHERE
      country_code IN (_utf8mb4 x'4652', _utf8mb4 x'5553')
  )
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name IN (_utf8mb4 x'61676f6461', _utf8mb4 x'65616e')
  )
  AND ittid > _utf8mb4 x'3130303030303031'
  AND ittid <= _utf8mb4 x'c3a92d31'
ORDER BY
  ittid
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
  ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31', _utf8mb4 x'c3a92d31')
  AND property_type IN (_utf8mb4 x'486f74656c', _utf8mb4 x'')
  AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
  AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
  AND CASE
    WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
    AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
    THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
  END >= 3
  AND CASE
    WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
    AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
    AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
    THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
  END <= 4.5
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_locations
    WHERE
      country_code IN (_utf8mb4 x'4652', _utf8mb4 x'5553')
  )
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name IN (_utf8mb4 x'61676f6461', _utf8mb4 x'65616e')
  )
  AND ittid > _utf8mb4 x'3130303030303031'
  AND ittid <= _utf8mb4 x'c3a92d31'
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31', _utf8mb4 x'c3a92d31')
      AND property_type IN (_utf8mb4 x'486f74656c', _utf8mb4 x'')
      AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
      AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
      AND CASE
        WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
        AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
        THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
      END >= 3
      AND CASE
        WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
        AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
        THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
      END <= 4.5
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_locations
        WHERE
          country_code IN (_utf8mb4 x'4652', _utf8mb4 x'5553')
      )
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name IN (_utf8mb4 x'61676f6461', _utf8mb4 x'65616e')
      )
      AND ittid > _utf8mb4 x'3130303030303031'
      AND ittid <= _utf8mb4 x'c3a92d31'
  )
ORDER BY
  ittid,
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
  ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31', _utf8mb4 x'c3a92d31')
      AND property_type IN (_utf8mb4 x'486f74656c', _utf8mb4 x'')
      AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
      AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
      AND CASE
        WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
        AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
        THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
      END >= 3
      AND CASE
        WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
        AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
        THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
      END <= 4.5
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_locations
        WHERE
          country_code IN (_utf8mb4 x'4652', _utf8mb4 x'5553')
      )
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name IN (_utf8mb4 x'61676f6461', _utf8mb4 x'65616e')
      )
      AND ittid > _utf8mb4 x'3130303030303031'
      AND ittid <= _utf8mb4 x'c3a92d31'
  )
ORDER BY
  ittid,
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
  provider_name IN (_utf8mb4 x'61676f6461', _utf8mb4 x'65616e')
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid IN (_utf8mb4 x'39', _utf8mb4 x'412d31', _utf8mb4 x'c3a92d31')
      AND property_type IN (_utf8mb4 x'486f74656c', _utf8mb4 x'')
      AND updated_at >= TIMESTAMP'2025-06-30 00:00:00'
      AND updated_at <= TIMESTAMP'2025-07-01 10:30:00.000001'
      AND CASE
        WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
        AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
        THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
      END >= 3
      AND CASE
        WHEN CHAR_LENGTH(CAST(rating AS CHAR)) <= 300
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[0-9]') > 0
        AND REGEXP_INSTR(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '[^0-9.]') = 0
        AND CHAR_LENGTH(TRIM(BOTH ' ' FROM CAST(rating AS CHAR))) - CHAR_LENGTH(REPLACE(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)), '.', '')) <= 1
        THEN CAST(TRIM(BOTH ' ' FROM CAST(rating AS CHAR)) AS DOUBLE)
      END <= 4.5
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_locations
        WHERE
          country_code IN (_utf8mb4 x'4652', _utf8mb4 x'5553')
      )
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name IN (_utf8mb4 x'61676f6461', _utf8mb4 x'65616e')
      )
      AND ittid > _utf8mb4 x'3130303030303031'
      AND ittid <= _utf8mb4 x'c3a92d31'
  )
ORDER BY
  ittid,
  id;

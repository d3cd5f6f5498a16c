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
FROM catalogue_hotels
WHERE
  ittid IN (
    _utf8mb4 x'69742773', _utf8mb4 x'2727', _utf8mb4 x'27204f52202731273d2731', _utf8mb4 x'273b2044524f50205441424c4520686f74656c733b202d2d', _utf8mb4 x'7361792022686922', _utf8mb4 x'6261636b5c736c617368', _utf8mb4 x'5c', _utf8mb4 x'5c27', _utf8mb4 x'74776f0a6c696e6573', _utf8mb4 x'31303025', _utf8mb4 x'2573202528782973', _utf8mb4 x'7b612c627d', _utf8mb4 x'7b7b787d7d', _utf8mb4 x'3a697474696473203f202431', _utf8mb4 x'2f2a202a2f202d2d', _utf8mb4 x'2424', _utf8mb4 x'4e554c4c', _utf8mb4 x'', _utf8mb4 x'e4b89ce4baac20f09f8fa8'
  )
  AND property_type IN (_utf8mb4 x'69742773')
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name IN (_utf8mb4 x'69742773', _utf8mb4 x'6120226222')
  )
  AND ittid > _utf8mb4 x'69742773205c';

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
  ittid IN (
    _utf8mb4 x'69742773', _utf8mb4 x'2727', _utf8mb4 x'27204f52202731273d2731', _utf8mb4 x'273b2044524f50205441424c4520686f74656c733b202d2d', _utf8mb4 x'7361792022686922', _utf8mb4 x'6261636b5c736c617368', _utf8mb4 x'5c', _utf8mb4 x'5c27', _utf8mb4 x'74776f0a6c696e6573', _utf8mb4 x'31303025', _utf8mb4 x'2573202528782973', _utf8mb4 x'7b612c627d', _utf8mb4 x'7b7b787d7d', _utf8mb4 x'3a697474696473203f202431', _utf8mb4 x'2f2a202a2f202d2d', _utf8mb4 x'2424', _utf8mb4 x'4e554c4c', _utf8mb4 x'', _utf8mb4 x'e4b89ce4baac20f09f8fa8'
  )
  AND property_type IN (_utf8mb4 x'69742773')
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name IN (_utf8mb4 x'69742773', _utf8mb4 x'6120226222')
  )
  AND ittid > _utf8mb4 x'69742773205c'
ORDER BY
  ittid;

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
  provider_name IN (_utf8mb4 x'69742773', _utf8mb4 x'6120226222')
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid IN (
        _utf8mb4 x'69742773', _utf8mb4 x'2727', _utf8mb4 x'27204f52202731273d2731', _utf8mb4 x'273b2044524f50205441424c4520686f74656c733b202d2d', _utf8mb4 x'7361792022686922', _utf8mb4 x'6261636b5c736c617368', _utf8mb4 x'5c', _utf8mb4 x'5c27', _utf8mb4 x'74776f0a6c696e6573', _utf8mb4 x'31303025', _utf8mb4 x'2573202528782973', _utf8mb4 x'7b612c627d', _utf8mb4 x'7b7b787d7d', _utf8mb4 x'3a697474696473203f202431', _utf8mb4 x'2f2a202a2f202d2d', _utf8mb4 x'2424', _utf8mb4 x'4e554c4c', _utf8mb4 x'', _utf8mb4 x'e4b89ce4baac20f09f8fa8'
      )
      AND property_type IN (_utf8mb4 x'69742773')
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name IN (_utf8mb4 x'69742773', _utf8mb4 x'6120226222')
      )
      AND ittid > _utf8mb4 x'69742773205c'
  )
ORDER BY
  ittid,
  id;

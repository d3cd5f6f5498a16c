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
  ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH(
      '["it''s", "''''", "'' OR ''1''=''1", "''; DROP TABLE hotels; --", "say \"hi\"", "back\\slash", "\\", "\\''", "two\nlines", "100%", "%s %(x)s", "{a,b}", "{{x}}", ":ittids ? $1", "/* */ --", "$$", "NULL", "", "东京 🏨"]'
    )
  )
  AND property_type COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["it''s"]')
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["it''s", "a \"b\""]')
      )
  )
  AND ittid COLLATE BINARY > 'it''s \';

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
  ittid COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH(
      '["it''s", "''''", "'' OR ''1''=''1", "''; DROP TABLE hotels; --", "say \"hi\"", "back\\slash", "\\", "\\''", "two\nlines", "100%", "%s %(x)s", "{a,b}", "{{x}}", ":ittids ? $1", "/* */ --", "$$", "NULL", "", "东京 🏨"]'
    )
  )
  AND property_type COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["it''s"]')
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["it''s", "a \"b\""]')
      )
  )
  AND ittid COLLATE BINARY > 'it''s \'
ORDER BY
  ittid COLLATE BINARY;

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
  provider_name COLLATE BINARY IN (
    SELECT
      value
    FROM JSON_EACH('["it''s", "a \"b\""]')
  )
  AND ittid COLLATE BINARY IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH(
          '["it''s", "''''", "'' OR ''1''=''1", "''; DROP TABLE hotels; --", "say \"hi\"", "back\\slash", "\\", "\\''", "two\nlines", "100%", "%s %(x)s", "{a,b}", "{{x}}", ":ittids ? $1", "/* */ --", "$$", "NULL", "", "东京 🏨"]'
        )
      )
      AND property_type COLLATE BINARY IN (
        SELECT
          value
        FROM JSON_EACH('["it''s"]')
      )
      AND ittid COLLATE BINARY IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name COLLATE BINARY IN (
            SELECT
              value
            FROM JSON_EACH('["it''s", "a \"b\""]')
          )
      )
      AND ittid COLLATE BINARY > 'it''s \'
  )
ORDER BY
  ittid COLLATE BINARY,
  id;

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
FROM catalogue_hotels
WHERE
  ittid = ANY(
    CAST('{"it''s","''''","'' OR ''1''=''1","''; DROP TABLE hotels; --","say \"hi\"","back\\slash","\\","\\''","two
lines","100%","%s %(x)s","{a,b}","{{x}}",":ittids ? $1","/* */ --","$$","NULL","","东京 🏨"}' AS TEXT[])
  )
  AND property_type = ANY(
    CAST('{"it''s"}' AS TEXT[])
  )
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name = ANY(
        CAST('{"it''s","a \"b\""}' AS TEXT[])
      )
  )
  AND ittid COLLATE "C" > 'it''s \';

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
  ittid = ANY(
    CAST('{"it''s","''''","'' OR ''1''=''1","''; DROP TABLE hotels; --","say \"hi\"","back\\slash","\\","\\''","two
lines","100%","%s %(x)s","{a,b}","{{x}}",":ittids ? $1","/* */ --","$$","NULL","","东京 🏨"}' AS TEXT[])
  )
  AND property_type = ANY(
    CAST('{"it''s"}' AS TEXT[])
  )
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_provider_mappings
    WHERE
      provider_name = ANY(
        CAST('{"it''s","a \"b\""}' AS TEXT[])
      )
  )
  AND ittid COLLATE "C" > 'it''s \'
ORDER BY
  ittid COLLATE "C";

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
  provider_name = ANY(
    CAST('{"it''s","a \"b\""}' AS TEXT[])
  )
  AND ittid IN (
    SELECT
      ittid
    FROM catalogue_hotels
    WHERE
      ittid = ANY(
        CAST('{"it''s","''''","'' OR ''1''=''1","''; DROP TABLE hotels; --","say \"hi\"","back\\slash","\\","\\''","two
lines","100%","%s %(x)s","{a,b}","{{x}}",":ittids ? $1","/* */ --","$$","NULL","","东京 🏨"}' AS TEXT[])
      )
      AND property_type = ANY(
        CAST('{"it''s"}' AS TEXT[])
      )
      AND ittid IN (
        SELECT
          ittid
        FROM catalogue_provider_mappings
        WHERE
          provider_name = ANY(
            CAST('{"it''s","a \"b\""}' AS TEXT[])
          )
      )
      AND ittid COLLATE "C" > 'it''s \'
  )
ORDER BY
  ittid COLLATE "C",
  id;

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
)
SELECT
  COUNT(*) AS records
FROM catalogue_hotels;

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
  )
ORDER BY
  ittid COLLATE "C",
  id;

-- contacts
WITH catalogue_contacts AS NOT MATERIALIZED (
  /* How the hotels are reached: phone, email, fax or website. */
  SELECT
    id,
    ittid,
    contact_type,
    value
  FROM contacts
), catalogue_hotels AS NOT MATERIALIZED (
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
  )
ORDER BY
  ittid COLLATE "C",
  id;

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
ORDER BY
  ittid COLLATE "C",
  id;

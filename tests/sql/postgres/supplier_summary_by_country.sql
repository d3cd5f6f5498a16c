-- how many records
WITH catalogue_supplier_summary AS NOT MATERIALIZED (
  /* What each supplier has, as it stood when the summary was generated. */
  SELECT
    id,
    provider_name,
    total_hotels,
    total_mappings,
    last_updated,
    summary_generated_at
  FROM supplier_summary
)
SELECT
  COUNT(*) AS records
FROM catalogue_supplier_summary
WHERE
  provider_name = ANY(
    CAST('{"agoda","it''s"}' AS TEXT[])
  );

-- supplier_summary
WITH catalogue_supplier_summary AS NOT MATERIALIZED (
  /* What each supplier has, as it stood when the summary was generated. */
  SELECT
    id,
    provider_name,
    total_hotels,
    total_mappings,
    last_updated,
    summary_generated_at
  FROM supplier_summary
)
SELECT
  provider_name,
  total_hotels,
  total_mappings,
  last_updated,
  summary_generated_at
FROM catalogue_supplier_summary
WHERE
  provider_name = ANY(
    CAST('{"agoda","it''s"}' AS TEXT[])
  )
ORDER BY
  provider_name COLLATE "C";

-- supplier_countries
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
), catalogue_supplier_summary AS NOT MATERIALIZED (
  /* What each supplier has, as it stood when the summary was generated. */
  SELECT
    id,
    provider_name,
    total_hotels,
    total_mappings,
    last_updated,
    summary_generated_at
  FROM supplier_summary
), catalogue_supplier_countries AS NOT MATERIALIZED (
  /* Hotels by supplier and country: a hotel counts once in each of its countries; orphans do not count. */
  /* A supplier of the summary without any country keeps one row, its country NULL. */
  /* It counts in the other views, so that what stands in for one of them holds here too. */
  SELECT
    summary.provider_name,
    countries.country_code,
    countries.country_hotels
  FROM catalogue_supplier_summary AS summary
  LEFT JOIN (
    SELECT
      mappings.provider_name,
      locations.country_code,
      COUNT(DISTINCT mappings.ittid) AS country_hotels
    FROM catalogue_provider_mappings AS mappings
    INNER JOIN catalogue_hotels AS hotels
      ON mappings.ittid = hotels.ittid
    INNER JOIN catalogue_locations AS locations
      ON mappings.ittid = locations.ittid
    WHERE
      locations.country_code IS NOT NULL
    GROUP BY
      mappings.provider_name,
      locations.country_code
  ) AS countries
    ON summary.provider_name = countries.provider_name
)
SELECT
  provider_name,
  country_code,
  country_hotels
FROM catalogue_supplier_countries
WHERE
  provider_name IN (
    SELECT
      provider_name
    FROM catalogue_supplier_summary
    WHERE
      provider_name = ANY(
        CAST('{"agoda","it''s"}' AS TEXT[])
      )
  )
ORDER BY
  provider_name COLLATE "C",
  country_code COLLATE "C";

-- Where the hotels are; a hotel can have none or several.
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

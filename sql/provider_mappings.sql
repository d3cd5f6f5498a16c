-- Under which id each supplier knows a hotel.
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

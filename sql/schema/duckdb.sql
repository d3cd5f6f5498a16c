-- The catalogue in a DuckDB file.
-- No primary key and no index, on purpose: DuckDB keeps those as ART indexes, which make the file larger and the load
-- slower, and no export reads one. That an ittid comes once is checked by the loader.
-- Child tables have no foreign key: their rows may outlive the hotel (orphans).
CREATE TABLE IF NOT EXISTS hotels (
    id BIGINT NOT NULL,
    ittid VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    latitude VARCHAR,
    longitude VARCHAR,
    address_line1 VARCHAR,
    address_line2 VARCHAR,
    postal_code VARCHAR,
    rating VARCHAR,
    property_type VARCHAR,
    primary_photo VARCHAR,
    map_status VARCHAR,
    content_update_status VARCHAR,
    created_at TIMESTAMP,
    updated_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS locations (
    id BIGINT NOT NULL,
    ittid VARCHAR NOT NULL,
    city_name VARCHAR,
    state_name VARCHAR,
    state_code VARCHAR,
    country_name VARCHAR,
    country_code VARCHAR,
    master_city_name VARCHAR,
    city_code VARCHAR,
    city_location_id VARCHAR,
    created_at TIMESTAMP,
    updated_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS contacts (
    id BIGINT NOT NULL,
    ittid VARCHAR NOT NULL,
    contact_type VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS provider_mappings (
    id BIGINT NOT NULL,
    ittid VARCHAR NOT NULL,
    provider_name VARCHAR NOT NULL,
    provider_id VARCHAR NOT NULL,
    system_type VARCHAR NOT NULL,
    vervotech_id VARCHAR,
    giata_code VARCHAR,
    created_at TIMESTAMP,
    updated_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS chains (
    id BIGINT NOT NULL,
    ittid VARCHAR NOT NULL,
    chain_name VARCHAR,
    chain_code VARCHAR,
    brand_name VARCHAR
);

CREATE TABLE IF NOT EXISTS supplier_summary (
    id BIGINT NOT NULL,
    provider_name VARCHAR NOT NULL,
    total_hotels BIGINT NOT NULL,
    total_mappings BIGINT NOT NULL,
    last_updated TIMESTAMP,
    summary_generated_at TIMESTAMP NOT NULL
);

-- The catalogue in a SQLite file. Moments are text, YYYY-MM-DD HH:MM:SS[.ffffff], which sorts as time does.
-- Child tables have no foreign key: their rows may outlive the hotel (orphans).
CREATE TABLE IF NOT EXISTS hotels (
    id INTEGER PRIMARY KEY,
    ittid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    latitude TEXT,
    longitude TEXT,
    address_line1 TEXT,
    address_line2 TEXT,
    postal_code TEXT,
    rating TEXT,
    property_type TEXT,
    primary_photo TEXT,
    map_status TEXT,
    content_update_status TEXT,
    created_at TEXT,
    updated_at TEXT
);

CREATE TABLE IF NOT EXISTS locations (
    id INTEGER PRIMARY KEY,
    ittid TEXT NOT NULL,
    city_name TEXT,
    state_name TEXT,
    state_code TEXT,
    country_name TEXT,
    country_code TEXT,
    master_city_name TEXT,
    city_code TEXT,
    city_location_id TEXT,
    created_at TEXT,
    updated_at TEXT
);

CREATE TABLE IF NOT EXISTS contacts (
    id INTEGER PRIMARY KEY,
    ittid TEXT NOT NULL,
    contact_type TEXT NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS provider_mappings (
    id INTEGER PRIMARY KEY,
    ittid TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    system_type TEXT NOT NULL,
    vervotech_id TEXT,
    giata_code TEXT,
    created_at TEXT,
    updated_at TEXT
);

CREATE TABLE IF NOT EXISTS chains (
    id INTEGER PRIMARY KEY,
    ittid TEXT NOT NULL,
    chain_name TEXT,
    chain_code TEXT,
    brand_name TEXT
);

CREATE TABLE IF NOT EXISTS supplier_summary (
    id INTEGER PRIMARY KEY,
    provider_name TEXT NOT NULL UNIQUE,
    total_hotels INTEGER NOT NULL,
    total_mappings INTEGER NOT NULL,
    last_updated TEXT,
    summary_generated_at TEXT NOT NULL
);

-- What filters look up (sql/indexes); children are read by hotel.
CREATE INDEX IF NOT EXISTS locations_ittid ON locations (ittid, country_code);

CREATE INDEX IF NOT EXISTS contacts_ittid ON contacts (ittid);

CREATE INDEX IF NOT EXISTS provider_mappings_ittid ON provider_mappings (ittid, provider_name);

CREATE INDEX IF NOT EXISTS locations_country_code ON locations (country_code, ittid);

CREATE INDEX IF NOT EXISTS provider_mappings_provider_name ON provider_mappings (provider_name, ittid);

CREATE INDEX IF NOT EXISTS hotels_property_type ON hotels (property_type);

CREATE INDEX IF NOT EXISTS hotels_rating ON hotels (
    CASE
        WHEN
            length(cast(rating AS BLOB)) <= 300
            AND length(cast(rating AS BLOB)) = length(rating)
            AND trim(rating, ' ') GLOB '*[0-9]*'
            AND NOT trim(rating, ' ') GLOB '*[^0-9.]*'
            AND NOT rating GLOB '*.*.*'
            THEN cast(trim(rating, ' ') AS REAL)
    END
);

CREATE INDEX IF NOT EXISTS chains_ittid ON chains (ittid);

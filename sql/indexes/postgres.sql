-- The indexes that the filters of exports look their values up in. Where a column is of COLLATE "C" by itself, as in
-- sql/schema/postgres.sql, one index of ittid serves the first two.

-- Hotels by ittids, and hotels of locations, contacts and mappings that a filter found.
CREATE INDEX hotels_ittid ON hotels (ittid);

-- Pages of hotels (after, limit), and every order of an export: both go by code point.
CREATE INDEX hotels_page ON hotels (ittid COLLATE "C");

-- Hotels by date_from and date_to.
CREATE INDEX hotels_updated_at ON hotels (updated_at);

-- Hotels by property_types.
CREATE INDEX hotels_property_type ON hotels (property_type);

-- Hotels by min_rating and max_rating: word for word what pipeline/dialects.py compares.
CREATE INDEX hotels_rating ON hotels ((
    CASE
        WHEN length(cast(rating AS text)) <= 300 AND cast(rating AS text) ~ '^ *([0-9]+\.?[0-9]*|\.[0-9]+) *$'
            THEN cast(trim(BOTH ' ' FROM cast(rating AS text)) AS double precision)
    END
));

-- Hotels by country_codes.
CREATE INDEX locations_country_code ON locations (country_code, ittid);

-- Hotels and mappings by suppliers.
CREATE INDEX provider_mappings_provider_name ON provider_mappings (provider_name, ittid);

-- Mappings by date_from and date_to.
CREATE INDEX provider_mappings_updated_at ON provider_mappings (updated_at);

-- Mappings by ittids, and the mappings of the hotels that any filter leaves.
CREATE INDEX provider_mappings_ittid ON provider_mappings (ittid);

-- The locations of the hotels that any filter leaves.
CREATE INDEX locations_ittid ON locations (ittid);

-- The contacts of the hotels that any filter leaves.
CREATE INDEX contacts_ittid ON contacts (ittid);

-- The indexes that the filters of exports look their values up in.
-- None serves date_from and date_to: SQLite has no moments, and its texts of them, in several forms, are compared by a
-- function of Bellhop's own, which an index could not use without locking all other programs out of the table.

-- Hotels by ittids, pages of hotels (after, limit), and hotels of locations, contacts and mappings that a filter found.
CREATE INDEX hotels_ittid ON hotels (ittid);

-- Hotels by property_types.
CREATE INDEX hotels_property_type ON hotels (property_type);

-- Hotels by min_rating and max_rating: word for word what pipeline/dialects.py compares, and SQLite tells AS REAL from
-- as real.
CREATE INDEX hotels_rating ON hotels (
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

-- Hotels by country_codes.
CREATE INDEX locations_country_code ON locations (country_code, ittid);

-- Hotels and mappings by suppliers.
CREATE INDEX provider_mappings_provider_name ON provider_mappings (provider_name, ittid);

-- Mappings by ittids, and the mappings of the hotels that any filter leaves.
CREATE INDEX provider_mappings_ittid ON provider_mappings (ittid);

-- The locations of the hotels that any filter leaves.
CREATE INDEX locations_ittid ON locations (ittid);

-- The contacts of the hotels that any filter leaves.
CREATE INDEX contacts_ittid ON contacts (ittid);

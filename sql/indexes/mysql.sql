-- The indexes that the filters of exports look their values up in.
-- None serves min_rating and max_rating: MariaDB indexes no expressions, and rating is text; MySQL is treated alike.

-- Hotels by ittids, pages of hotels (after, limit), and hotels of locations, contacts and mappings that a filter found.
CREATE INDEX hotels_ittid ON hotels (ittid);

-- Hotels by date_from and date_to.
CREATE INDEX hotels_updated_at ON hotels (updated_at);

-- Hotels by property_types.
CREATE INDEX hotels_property_type ON hotels (property_type);

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

-- The catalogue in MySQL or MariaDB. Text is compared by code point, without padding, which is the order of every export;
-- MySQL and MariaDB have a name each for that, and each passes over the comment of the other.
-- What is indexed is varchar. Child tables have no foreign key: their rows may outlive the hotel (orphans).

CREATE TABLE IF NOT EXISTS hotels (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ittid varchar(100) NOT NULL UNIQUE,
    name longtext NOT NULL,
    latitude longtext,
    longitude longtext,
    address_line1 longtext,
    address_line2 longtext,
    postal_code longtext,
    rating longtext,
    property_type varchar(255),
    primary_photo longtext,
    map_status longtext,
    content_update_status longtext,
    created_at datetime(6),
    updated_at datetime(6),
    KEY hotels_updated_at (updated_at),
    KEY hotels_property_type (property_type)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS locations (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ittid varchar(100) NOT NULL,
    city_name longtext,
    state_name longtext,
    state_code longtext,
    country_name longtext,
    country_code varchar(2),
    master_city_name longtext,
    city_code longtext,
    city_location_id longtext,
    created_at datetime(6),
    updated_at datetime(6),
    KEY locations_ittid (ittid),
    KEY locations_country_code (country_code, ittid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS contacts (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ittid varchar(100) NOT NULL,
    contact_type longtext NOT NULL,
    value longtext NOT NULL,
    KEY contacts_ittid (ittid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS provider_mappings (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ittid varchar(100) NOT NULL,
    provider_name varchar(255) NOT NULL,
    provider_id longtext NOT NULL,
    system_type longtext NOT NULL,
    vervotech_id longtext,
    giata_code longtext,
    created_at datetime(6),
    updated_at datetime(6),
    KEY provider_mappings_ittid (ittid, provider_name, id),
    KEY provider_mappings_provider_name (provider_name, ittid),
    KEY provider_mappings_updated_at (updated_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS chains (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ittid varchar(100) NOT NULL,
    chain_name longtext,
    chain_code longtext,
    brand_name longtext,
    KEY chains_ittid (ittid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

CREATE TABLE IF NOT EXISTS supplier_summary (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    provider_name varchar(255) NOT NULL UNIQUE,
    total_hotels bigint NOT NULL,
    total_mappings bigint NOT NULL,
    last_updated datetime(6),
    summary_generated_at datetime(6) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 /*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */;

-- How the hotels are reached: phone, email, fax or website.
SELECT
    id,
    ittid,
    contact_type,
    value
FROM contacts

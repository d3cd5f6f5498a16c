-- The arriving ittids that the catalogue already has.
SELECT ittid
FROM hotels
WHERE ittid IN (SELECT ittid FROM arriving_ittids)

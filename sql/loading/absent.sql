-- The arriving ittids that the catalogue has no hotel of.
SELECT ittid
FROM arriving_ittids
WHERE ittid NOT IN (SELECT ittid FROM hotels)

-- Holds the ittids that a load brings; made from hotels so that it has that column's type and collation.
CREATE TEMPORARY TABLE arriving_ittids AS
SELECT ittid
FROM hotels
LIMIT 0

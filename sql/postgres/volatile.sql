-- Whether one of these functions gives something else at each call, or one that an operator or a cast may hide.
SELECT
    EXISTS (
        SELECT FROM pg_catalog.pg_proc AS called
        WHERE
            called.provolatile = 'v'
            AND (
                called.proname = ANY(%s)
                OR called.oid IN (SELECT operators.oprcode FROM pg_catalog.pg_operator AS operators)
                OR called.oid IN (SELECT casts.castfunc FROM pg_catalog.pg_cast AS casts)
            )
    ) AS is_volatile

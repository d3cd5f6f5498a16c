-- A copy may take as long as it likes while its rows come, which is seen to here; a timeout of the URL's own stands.
SELECT set_config('statement_timeout', '0', TRUE)
WHERE current_setting('statement_timeout')::INTERVAL = make_interval(secs => %s)

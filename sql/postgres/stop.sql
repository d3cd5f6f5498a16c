-- Ends what the sessions of one export are at.
SELECT pg_cancel_backend(pid)
FROM pg_stat_activity
WHERE application_name = %s AND pid <> pg_backend_pid()

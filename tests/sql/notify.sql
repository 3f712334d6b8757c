-- LISTEN, NOTIFY, UNLISTEN
LISTEN news;
LISTEN "Other News";
SELECT pg_listening_channels() AS channel ORDER BY 1;
NOTIFY news;
NOTIFY news, 'to myself';
SELECT pg_notify('Other News', 'by function');
-- at the commit, in order, each once
-- connection: b
BEGIN;
NOTIFY news, 'one';
NOTIFY news, 'two';
NOTIFY news, 'one';
SAVEPOINT s;
NOTIFY news, 'taken back';
ROLLBACK TO s;
NOTIFY news, 'three';
-- connection: main
SELECT 'nothing yet' AS answer;
-- connection: b
COMMIT;
-- connection: main
SELECT 'now' AS answer;
-- connection: b
BEGIN;
NOTIFY news, 'never';
ROLLBACK;
NOTIFY nobody_listens;
-- in a transaction they wait
-- connection: main
BEGIN;
-- connection: b
NOTIFY news, 'later';
-- connection: main
SELECT 'in a transaction' AS answer;
COMMIT;
-- LISTEN holds from the commit on
BEGIN;
LISTEN late;
ROLLBACK;
SELECT pg_listening_channels() AS channel ORDER BY 1;
UNLISTEN "Other News";
SELECT pg_listening_channels() AS channel ORDER BY 1;
UNLISTEN *;
SELECT pg_listening_channels() AS channel;
NOTIFY news, 'unheard';
SELECT pg_notify('', 'x');
SELECT pg_notify(repeat('x', 64), 'x');
SELECT pg_notify('news', repeat('x', 8000));
SELECT pg_notify('news', repeat('x', 7999));

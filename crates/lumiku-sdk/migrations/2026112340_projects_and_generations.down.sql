DROP TABLE idempotency_keys;
DROP TABLE events;
DROP TABLE outputs;
DROP TABLE generations;
DROP TABLE projects;

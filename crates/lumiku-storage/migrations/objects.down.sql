DROP TABLE storage_accounts;
DROP TABLE object_references;
DROP TABLE stored_objects;

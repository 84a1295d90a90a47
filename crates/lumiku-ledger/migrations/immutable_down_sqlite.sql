DROP TRIGGER ledger_entries_no_delete;
DROP TRIGGER ledger_entries_no_update;

DROP TRIGGER ledger_entries_no_truncate ON ledger_entries;
DROP TRIGGER ledger_entries_no_change ON ledger_entries;
DROP FUNCTION ledger_entries_refuse_change();

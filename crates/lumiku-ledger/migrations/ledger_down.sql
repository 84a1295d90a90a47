DROP TABLE ledger_holds;
DROP TABLE ledger_entries;
DROP TABLE ledger_balances;

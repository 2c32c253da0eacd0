-- Accounts and transactions.
select;

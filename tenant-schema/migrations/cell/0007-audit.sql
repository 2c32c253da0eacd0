-- Audit.
select;

-- Duplicates and merges.
select;

-- Usage of a cell's tenants.
select;

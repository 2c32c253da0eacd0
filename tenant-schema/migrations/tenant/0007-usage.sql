-- Usage of the tenant.
select;

-- Members of the tenant.
select;

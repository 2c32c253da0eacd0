-- Attribute schemas, external ids.
select;

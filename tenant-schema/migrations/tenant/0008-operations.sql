-- Long operations, imports and exports.
select;

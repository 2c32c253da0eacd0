-- Lists: indexes of the sort orders a list offers, and saved views.

-- What may happen to a row of history grows with what the API can do.
alter table history drop constraint history_change_check;
alter table history add constraint history_change_check
  check (change in ('created', 'updated', 'deleted', 'restored', 'merged', 'unmerged', 'posted'));

-- Version 7: samples of a run whose images could not be read. README.md documents every column.

create table unreadable (
  unreadable_id integer primary key,
  run_id integer not null references run on delete cascade,
  position integer not null,
  key text not null,
  reason text not null,
  unique (run_id, position)
) strict;

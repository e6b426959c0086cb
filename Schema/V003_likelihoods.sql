-- Version 3: how well every sample's pattern fits the profiles of the classes. README.md documents every column.

create table likelihood (
  likelihood_id integer primary key,
  run_id integer not null references run on delete cascade,
  profile_run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted', 'predicted', 'assigned')),
  sample_id integer not null references sample,
  is_left_out integer not null check (is_left_out in (0, 1)),
  alpha real not null,
  own real,
  predicted real,
  other real,
  fit_class_id integer not null references class,
  fit real not null,
  unique (run_id, profile_run_id, layer_id, kind, grouping, sample_id)
) strict;
create index likelihood_profile_run on likelihood (profile_run_id);

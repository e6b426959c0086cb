-- Version 16: an index of activations, for the samples that excite neurons most or lie nearest to one another in them, and maps
-- of several runs in one plane. README.md documents every column.

-- What a neuron makes of the samples of a run, in a few bits each: the partition that its pre-activation falls in.
create table activation_index (
  activation_index_id integer primary key,
  run_id integer not null references run (run_id) on delete cascade,
  layer_id integer not null references layer (layer_id),
  neuron integer not null check (neuron >= 0),
  n_samples integer not null check (n_samples >= 1),
  -- Of the first and of the last of them in the data set.
  first_position integer not null check (first_position >= 0),
  last_position integer not null check (last_position >= first_position + n_samples - 1),
  edges blob not null,
  codes blob not null,
  checksum integer not null,
  unique (run_id, layer_id, neuron)
) strict;

-- What the maps of runs that were laid out together have in common; null where a run has a plane to itself.
alter table embedding_method add column plane text;

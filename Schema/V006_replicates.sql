-- Version 6: measures over resampled samples, which say how far they depend on the samples at hand. README.md documents
-- every column.

create table replicate (
  replicate_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron', 'input')),
  measure text not null check (measure in ('always_share', 'last_bin_share', 'mean_proportion', 'mean_entropy',
    'separation', 'relative_separation', 'rank', 'mean_rank', 'mean_overlap')),
  rule text,
  class_id integer references class,
  replicate integer not null,
  value real not null,
  method text not null check (method in ('grouped-bootstrap', 'half-subsample')),
  seed integer not null,
  n_replicates integer not null,
  n_blocks integer
) strict;
create unique index replicate_key on replicate (
  run_id, layer_id, kind, measure, ifnull(rule, ''), ifnull(class_id, 0), replicate);

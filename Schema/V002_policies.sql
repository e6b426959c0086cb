-- Version 2: bitsets that are derived instead of stored, weights in the file, parts of a run, and a checksum beside
-- every blob. README.md documents every column.

-- The layer whose rectified pre-activations are this layer's input, and the hash of what stands in layer_weight.
alter table layer add column relu_of integer references layer;
alter table layer add column weights_sha256 text;

create table layer_weight (
  layer_weight_id integer primary key,
  layer_id integer not null references layer on delete cascade,
  block integer not null,
  weight blob not null,
  bias blob,
  checksum integer not null,
  unique (layer_id, block)
) strict;

alter table run add column profiles text not null default 'stored' check (profiles in ('stored', 'streamed'));
-- Part shard_index of shard_count, from 1; both null for a whole run.
alter table run add column shard_index integer;
alter table run add column shard_count integer;

-- The class that the permuted labels give a sample; null in runs of version 1.
alter table prediction add column permuted_class_id integer references class;

create table new_activation (
  activation_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  sample_id integer not null references sample,
  x blob,
  z blob not null,
  checksum integer not null,
  unique (run_id, layer_id, sample_id)
) strict;
insert into new_activation
select activation_id, run_id, layer_id, sample_id, x, z, engram_checksum(x, z) from activation;
drop table activation;
alter table new_activation rename to activation;

create table new_significance (
  significance_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  sample_id integer not null references sample,
  n_significant integer not null,
  bits blob,
  checksum integer,
  unique (run_id, layer_id, sample_id),
  check ((bits is null) = (checksum is null))
) strict;
insert into new_significance
select significance_id, run_id, layer_id, sample_id, n_significant, bits, engram_checksum(bits) from significance;
drop table significance;
alter table new_significance rename to significance;
-- The densest samples of a layer, found without reading past the blobs.
create index significance_density on significance (run_id, layer_id, n_significant);

create table new_class_profile (
  class_profile_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted')),
  class_id integer not null references class,
  block integer not null,
  n_samples integer not null,
  counts blob not null,
  checksum integer not null,
  unique (run_id, layer_id, kind, grouping, class_id, block)
) strict;
insert into new_class_profile
select class_profile_id, run_id, layer_id, kind, grouping, class_id, block, n_samples, counts, engram_checksum(counts)
from class_profile;
drop table class_profile;
alter table new_class_profile rename to class_profile;

-- Version 5: the labels that samples were trained on, and profiles by them and by the network's predictions.
-- README.md documents every column.

-- The class of the label that the network was trained on; null where the sample is not known to be among those.
alter table prediction add column assigned_class_id integer references class;

create table new_class_profile (
  class_profile_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted', 'predicted', 'assigned')),
  class_id integer not null references class,
  block integer not null,
  n_samples integer not null,
  counts blob not null,
  checksum integer not null,
  unique (run_id, layer_id, kind, grouping, class_id, block)
) strict;
insert into new_class_profile
select class_profile_id, run_id, layer_id, kind, grouping, class_id, block, n_samples, counts, checksum
from class_profile;
drop table class_profile;
alter table new_class_profile rename to class_profile;

create table new_entropy (
  entropy_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted', 'predicted', 'assigned')),
  class_id integer not null references class,
  n_samples integer not null,
  entropy real not null,
  entropy_per_interaction real not null,
  unique (run_id, layer_id, kind, grouping, class_id)
) strict;
insert into new_entropy
select entropy_id, run_id, layer_id, kind, grouping, class_id, n_samples, entropy, entropy_per_interaction
from entropy;
drop table entropy;
alter table new_entropy rename to entropy;

-- KL(from ‖ to). Within one run both run columns are equal; between two runs classes pair by key.
create table new_divergence (
  divergence_id integer primary key,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted', 'predicted', 'assigned')),
  from_run_id integer not null references run on delete cascade,
  from_class_id integer not null references class,
  to_run_id integer not null references run on delete cascade,
  to_class_id integer not null references class,
  alpha real not null,
  kl real not null,
  kl_per_interaction real not null,
  unique (from_run_id, to_run_id, layer_id, kind, grouping, from_class_id, to_class_id)
) strict;
insert into new_divergence
select divergence_id, layer_id, kind, grouping, from_run_id, from_class_id, to_run_id, to_class_id, alpha, kl,
  kl_per_interaction
from divergence;
drop table divergence;
alter table new_divergence rename to divergence;
create index divergence_to_run on divergence (to_run_id);

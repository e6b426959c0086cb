-- Version 1 of the warehouse: what was run (model, data set, run), what came out (prediction, activation,
-- significance, class_profile), and what was measured (sparsity … entanglement). README.md documents
-- every column and encoding. Views stand in views.sql.

create table model (
  model_id integer primary key,
  name text not null unique,
  architecture text not null,
  weights_sha256 text not null unique,
  parameters integer not null,
  state text,
  training text check (training is null or json_valid(training))
) strict;

create table layer (
  layer_id integer primary key,
  model_id integer not null references model on delete cascade,
  position integer not null,
  name text not null,
  n_in integer not null check (n_in > 0),
  n_out integer not null check (n_out > 0),
  has_bias integer not null check (has_bias in (0, 1)),
  n_cols integer not null generated always as (n_in + has_bias) virtual,
  unique (model_id, position),
  unique (model_id, name)
) strict;

create table dataset (
  dataset_id integer primary key,
  name text not null,
  fingerprint text not null unique,
  n_samples integer not null
) strict;

create table class (
  class_id integer primary key,
  dataset_id integer not null references dataset on delete cascade,
  position integer not null,
  key text not null,
  name text not null,
  unique (dataset_id, position),
  unique (dataset_id, key)
) strict;

create table sample (
  sample_id integer primary key,
  dataset_id integer not null references dataset on delete cascade,
  position integer not null,
  key text not null,
  class_id integer not null references class,
  unique (dataset_id, position),
  unique (dataset_id, key)
) strict;

create table run (
  run_id integer primary key,
  name text not null unique,
  model_id integer not null references model,
  dataset_id integer not null references dataset,
  identity text not null unique,
  perturbation text not null default 'none',
  preprocessing text not null,
  selection text not null check (json_valid(selection)),
  bitsets text not null check (bitsets in ('stored', 'derived')),
  n_samples integer not null,
  permutation_seed integer not null,
  engram_version text not null,
  cpu_level text not null,
  started_at text not null,
  completed_at text
) strict;

-- The layers a run captured.
create table run_layer (
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  primary key (run_id, layer_id)
) strict, without rowid;

create table prediction (
  prediction_id integer primary key,
  run_id integer not null references run on delete cascade,
  sample_id integer not null references sample,
  class_id integer not null references class,
  confidence real not null,
  loss real not null,
  correct integer not null check (correct in (0, 1)),
  unique (run_id, sample_id)
) strict;
-- Covers what the runs view sums up.
create index prediction_outcome on prediction (run_id, correct, loss);

create table activation (
  activation_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  sample_id integer not null references sample,
  x blob not null,
  z blob not null,
  unique (run_id, layer_id, sample_id)
) strict;

create table significance (
  significance_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  sample_id integer not null references sample,
  n_significant integer not null,
  bits blob not null,
  unique (run_id, layer_id, sample_id)
) strict;
-- The densest samples of a layer, found without reading past the blobs.
create index significance_density on significance (run_id, layer_id, n_significant);

create table class_profile (
  class_profile_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted')),
  class_id integer not null references class,
  block integer not null,
  n_samples integer not null,
  counts blob not null,
  unique (run_id, layer_id, kind, grouping, class_id, block)
) strict;

-- One row per class, and one for the whole run where class_id is null.
create table sparsity (
  sparsity_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  class_id integer references class,
  n_samples integer not null,
  mean_proportion real not null,
  never_share real not null,
  always_share real not null,
  histogram text not null check (json_array_length(histogram) = 20)
) strict;
create unique index sparsity_key on sparsity (run_id, layer_id, kind, ifnull(class_id, 0));

create table entropy (
  entropy_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted')),
  class_id integer not null references class,
  n_samples integer not null,
  entropy real not null,
  entropy_per_interaction real not null,
  unique (run_id, layer_id, kind, grouping, class_id)
) strict;

-- KL(from ‖ to). Within one run both run columns are equal; between two runs classes pair by key.
create table divergence (
  divergence_id integer primary key,
  layer_id integer not null references layer,
  kind text not null check (kind in ('interaction', 'neuron')),
  grouping text not null check (grouping in ('true', 'permuted')),
  from_run_id integer not null references run on delete cascade,
  from_class_id integer not null references class,
  to_run_id integer not null references run on delete cascade,
  to_class_id integer not null references class,
  alpha real not null,
  kl real not null,
  kl_per_interaction real not null,
  unique (from_run_id, to_run_id, layer_id, kind, grouping, from_class_id, to_class_id)
) strict;
create index divergence_to_run on divergence (to_run_id);

create table rank (
  rank_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  class_id integer not null references class,
  rule text not null,
  n_samples integer not null,
  dimension integer not null,
  sigma_max real not null,
  tolerance real,
  rank integer not null,
  limited_by_samples integer not null check (limited_by_samples in (0, 1)),
  participation_ratio real,
  participation_ratio_centred real,
  unique (run_id, layer_id, class_id, rule)
) strict;

create table entanglement (
  entanglement_id integer primary key,
  run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  a_class_id integer not null references class,
  b_class_id integer not null references class,
  rule text not null,
  n_samples_a integer not null,
  n_samples_b integer not null,
  dimension integer not null,
  sigma_max real not null,
  tolerance real,
  rank_a integer not null,
  rank_b integer not null,
  rank_union integer not null,
  entanglement integer not null,
  limited_by_samples integer not null check (limited_by_samples in (0, 1)),
  mean_squared_cosine real,
  check (a_class_id < b_class_id),
  unique (run_id, layer_id, a_class_id, b_class_id, rule)
) strict;

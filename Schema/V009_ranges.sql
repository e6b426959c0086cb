-- Version 9: what SQLite itself can refuse. Columns that count, number or measure something say between what bounds;
-- what sums may pass by a rounding, and what depends on other tables, is verify's. README.md documents every column.

-- Definitions alone change here, no row: https://sqlite.org/lang_altertable.html#otheralter says how.
pragma writable_schema = on;
with recursive
bound (name, old, new) as (values
  ('model', 'parameters integer not null', 'check (parameters >= 0)'),
  ('layer', 'position integer not null', 'check (position >= 0)'),
  ('layer_weight', 'block integer not null', 'check (block >= 0)'),
  ('dataset', 'n_samples integer not null', 'check (n_samples >= 0)'),
  ('class', 'position integer not null', 'check (position >= 0)'),
  ('sample', 'position integer not null', 'check (position >= 0)'),
  ('run', 'n_samples integer not null', 'check (n_samples >= 0)'),
  ('prediction', 'confidence real not null', 'check (confidence between 0 and 1.000001)'),
  ('prediction', 'loss real not null', 'check (loss between -0.000001 and 1.7976931348623157e308)'),
  ('unreadable', 'position integer not null', 'check (position >= 0)'),
  ('significance', 'n_significant integer not null', 'check (n_significant >= 0)'),
  ('class_profile', 'block integer not null', 'check (block >= 0)'),
  ('class_profile', 'n_samples integer not null', 'check (n_samples >= 0)'),
  ('sparsity', 'n_samples integer not null', 'check (n_samples >= 0)'),
  ('sparsity', 'mean_proportion real not null', 'check (mean_proportion between 0 and 1.000001)'),
  ('sparsity', 'never_share real not null', 'check (never_share between 0 and 1)'),
  ('sparsity', 'always_share real not null', 'check (always_share between 0 and 1)'),
  ('entropy', 'n_samples integer not null', 'check (n_samples >= 0)'),
  ('entropy', 'entropy real not null', 'check (entropy between -0.000001 and 1.7976931348623157e308)'),
  ('divergence', 'alpha real not null', 'check (alpha > 0)'),
  ('divergence', 'kl real not null', 'check (kl between -0.000001 and 1.7976931348623157e308)'),
  ('rank', 'n_samples integer not null', 'check (n_samples >= 0)'),
  ('rank', 'dimension integer not null', 'check (dimension >= 0)'),
  ('rank', 'sigma_max real not null', 'check (sigma_max between 0 and 1.7976931348623157e308)'),
  ('rank', 'rank integer not null', 'check (rank between 0 and dimension)'),
  ('entanglement', 'n_samples_a integer not null', 'check (n_samples_a >= 0)'),
  ('entanglement', 'n_samples_b integer not null', 'check (n_samples_b >= 0)'),
  ('entanglement', 'dimension integer not null', 'check (dimension >= 0)'),
  ('entanglement', 'sigma_max real not null', 'check (sigma_max between 0 and 1.7976931348623157e308)'),
  ('entanglement', 'rank_a integer not null', 'check (rank_a between 0 and dimension)'),
  ('entanglement', 'rank_b integer not null', 'check (rank_b between 0 and dimension)'),
  ('entanglement', 'rank_union integer not null', 'check (rank_union between 0 and dimension)'),
  ('likelihood', 'alpha real not null', 'check (alpha > 0)'),
  ('likelihood', 'own real', 'check (own between -1.7976931348623157e308 and 0.000001)'),
  ('likelihood', 'predicted real', 'check (predicted between -1.7976931348623157e308 and 0.000001)'),
  ('likelihood', 'other real', 'check (other between -1.7976931348623157e308 and 0.000001)'),
  ('likelihood', 'fit real not null', 'check (fit between -1.7976931348623157e308 and 0.000001)'),
  ('detector', 'alpha real not null', 'check (alpha > 0)'),
  ('detector', 'hamming real', 'check (hamming between 0 and 1)'),
  ('replicate', 'replicate integer not null', 'check (replicate between 0 and n_replicates - 1)'),
  ('replicate', 'n_replicates integer not null', 'check (n_replicates >= 1)')),
change (name, place, old, new) as (
  select name, row_number() over (partition by name order by old), old, new from (
    select name, '  ' || old || ',' as old, '  ' || old || ' ' || new || ',' as new from bound
    union all values
      ('run', ', shard_index integer, shard_count integer', ', shard_index integer check (shard_index >= 1)'
        || ', shard_count integer check (shard_count >= shard_index)'))),
edited (name, place, sql) as (
  select name, 0, sql from sqlite_schema where type = 'table' and name in (select name from bound)
  union all
  select name, change.place, replace(sql, old, new) from edited join change using (name)
  where change.place = edited.place + 1)
update sqlite_master set sql = edited.sql
from edited
where type = 'table' and edited.name = sqlite_master.name
  and edited.place = (select max(change.place) from change where change.name = edited.name);
-- SQLite reads the definitions again, and refuses what it cannot read.
pragma writable_schema = reset;

-- DuckDB's part of the measures over a folder that `engram-query export w.db parquet --output DIR` wrote: views of its
-- tables, and what each engine has its own words for (lists, bits). Before it:
--
--   set variable folder = 'DIR';
--   set variable asked_run = 'clean';           -- and asked_layer, asked_kind, asked_grouping: unset or null is all
--
-- What is asked for is all that is read: runs and layers are folders, kinds and groupings are row groups' statistics. A
-- table without rows has no folder: leave out its statement. Leaves out the tables that no measure here reads; they are
-- read in the same way. tables.spark.sql is the same for Spark; measures.sql goes on from here, for both.

create or replace temporary view run as
select * from read_parquet(getvariable('folder') || '/run/*.parquet')
where getvariable('asked_run') is null or run = getvariable('asked_run');

create or replace temporary view layer as
select * from read_parquet(
  getvariable('folder') || '/layer/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)
where getvariable('asked_run') is null or run = getvariable('asked_run');

create or replace temporary view class as
select * from read_parquet(getvariable('folder') || '/class/*.parquet');

create or replace temporary view sample as
select * from read_parquet(getvariable('folder') || '/sample/*.parquet');

create or replace temporary view prediction as
select * from read_parquet(
  getvariable('folder') || '/prediction/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)
where getvariable('asked_run') is null or run = getvariable('asked_run');

create or replace temporary view unreadable as
select * from read_parquet(
  getvariable('folder') || '/unreadable/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)
where getvariable('asked_run') is null or run = getvariable('asked_run');

create or replace temporary view class_profile as
select * from read_parquet(
  getvariable('folder') || '/class_profile/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)
where (getvariable('asked_run') is null or run = getvariable('asked_run'))
  and (getvariable('asked_layer') is null or layer = getvariable('asked_layer'))
  and (getvariable('asked_kind') is null or kind = getvariable('asked_kind'))
  and (getvariable('asked_grouping') is null or grouping = getvariable('asked_grouping'));

create or replace temporary view significance as
select * from read_parquet(
  getvariable('folder') || '/significance/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)
where (getvariable('asked_run') is null or run = getvariable('asked_run'))
  and (getvariable('asked_layer') is null or layer = getvariable('asked_layer'));

create or replace temporary view activation as
select * from read_parquet(
  getvariable('folder') || '/activation/*/*/*.parquet', hive_partitioning = true, hive_types_autocast = false)
where (getvariable('asked_run') is null or run = getvariable('asked_run'))
  and (getvariable('asked_layer') is null or layer = getvariable('asked_layer'));

-- Each class of each run, layer, kind and grouping with a number of its own, and one for those that are compared: the same
-- run, layer, kind and grouping. Parts of a run add. An output's row of counts is there once a part.
create or replace temporary view profile as
with total as (
  select run, layer, kind, grouping, class, min(class_position) as class_position, min(class_name) as class_name,
    cast(sum(n_samples) as bigint) as n_samples, count(*) as n_parts
  from class_profile
  where output = 0
  group by run, layer, kind, grouping, class)
select cast(row_number() over (order by run, layer, kind, grouping, class) as int) as profile,
  cast(dense_rank() over (order by run, layer, kind, grouping) as int) as matrix,
  run, layer, kind, grouping, class, class_position, class_name, n_samples, n_parts
from total;

-- The counts of an output, a list over the layer's columns.
create or replace temporary view profile_counts as
select profile, matrix, grouping, output, counts
from profile join class_profile using (run, layer, kind, grouping, class)
where n_parts = 1
union all
select profile, matrix, grouping, output,
  list_reduce(list(counts), lambda a, b: list_transform(list_zip(a, b), lambda pair: pair[1] + pair[2]))
from profile join class_profile using (run, layer, kind, grouping, class)
where n_parts > 1
group by profile, matrix, grouping, output;

-- A row an interaction, or neuron, and class: significant, or active, in k of the class's samples.
create or replace temporary view class_unit as
select profile, unnest(counts) as k from profile_counts;

-- The same of a whole run, by true labels: the sum over its classes.
create or replace temporary view run_unit as
select matrix,
  unnest(list_reduce(list(counts), lambda a, b: list_transform(list_zip(a, b), lambda pair: pair[1] + pair[2]))) as k
from profile_counts
where grouping = 'true'
group by matrix, output;

-- A row an interaction, or neuron, and pair of classes, each pair once.
create or replace temporary view unit_pair as
select a.profile as from_profile, b.profile as to_profile, unnest(a.counts) as from_k, unnest(b.counts) as to_k
from profile_counts as a
join profile_counts as b on b.matrix = a.matrix and b.output = a.output and b.profile > a.profile;

-- Set bits of a block of significance.
create or replace temporary view significance_block as
select run, layer, sample, class, class_name, n_significant, block, bit_count(bits::bit) as n_bits
from significance;

-- The logits of a sample by the largest, and by how far the others lie below it, in descending order; no row where some
-- logit is not finite. They are z of the run's highest layer, where that has as many outputs as the network.
create or replace temporary view logit as
with highest as (
  select run, max(layer_position) as layer_position from layer group by run),
output as (
  select model, count(distinct key) as n_outputs from class where model is not null group by model),
last as (
  select distinct layer.run, layer.layer
  from layer
  join highest on highest.run = layer.run and highest.layer_position = layer.layer_position
  join run on run.run = layer.run
  join output on output.model = run.model and output.n_outputs = layer.n_out),
ordered as (
  select run, layer, sample, class, class_name, correct, list_reverse_sort(z::double[]) as z
  from last join activation using (run, layer)
  where len(list_filter(z, lambda v: not isfinite(v))) = 0)
select run, layer, sample, class, class_name, correct, z[1] as largest,
  list_transform(z[2:], lambda v: v - z[1]) as gaps
from ordered;

-- A row each of these gaps, counted from 1.
create or replace temporary view logit_gap as
select run, layer, sample, unnest(gaps) as gap, generate_subscripts(gaps, 1) as place from logit;

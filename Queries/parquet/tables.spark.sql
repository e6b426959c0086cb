-- Spark's part of the measures over a folder that `engram-query export w.db parquet --output DIR` wrote: views of its
-- tables, and what each engine has its own words for (lists, bits). Before it:
--
--   set engram.folder = DIR;                    -- or file:/…, s3a://…, hdfs://…
--   declare or replace variable asked_run string;
--   set variable asked_run = 'clean';           -- all four are declared; null is all
--   declare or replace variable asked_layer string;
--   declare or replace variable asked_kind string;
--   declare or replace variable asked_grouping string;
--   set spark.sql.sources.partitionColumnTypeInference.enabled = false;
--   set spark.sql.parquet.columnarReaderBatchSize = 256;
--
-- The last but one keeps a run named 1 a text, the last keeps memory small: rows are lists of thousands of counts. What is asked for is all that is read: runs and layers are folders, kinds and groupings
-- are row groups' statistics. A table without rows has no folder: leave out its statement. Leaves out the tables that no
-- measure here reads; they are read in the same way. tables.duckdb.sql is the same for DuckDB; measures.sql goes on from
-- here, for both.

create or replace temporary view run_files using parquet options (path '${engram.folder}/run');

create or replace temporary view run as
select * from run_files
where asked_run is null or run = asked_run;

create or replace temporary view layer_files using parquet options (path '${engram.folder}/layer');

create or replace temporary view layer as
select * from layer_files
where asked_run is null or run = asked_run;

create or replace temporary view class using parquet options (path '${engram.folder}/class');

create or replace temporary view sample using parquet options (path '${engram.folder}/sample');

create or replace temporary view prediction_files using parquet options (path '${engram.folder}/prediction');

create or replace temporary view prediction as
select * from prediction_files
where asked_run is null or run = asked_run;

create or replace temporary view unreadable_files using parquet options (path '${engram.folder}/unreadable');

create or replace temporary view unreadable as
select * from unreadable_files
where asked_run is null or run = asked_run;

create or replace temporary view class_profile_files using parquet options (path '${engram.folder}/class_profile');

create or replace temporary view class_profile as
select * from class_profile_files
where (asked_run is null or run = asked_run)
  and (asked_layer is null or layer = asked_layer)
  and (asked_kind is null or kind = asked_kind)
  and (asked_grouping is null or grouping = asked_grouping);

create or replace temporary view significance_files using parquet options (path '${engram.folder}/significance');

create or replace temporary view significance as
select * from significance_files
where (asked_run is null or run = asked_run)
  and (asked_layer is null or layer = asked_layer);

create or replace temporary view activation_files using parquet options (path '${engram.folder}/activation');

create or replace temporary view activation as
select * from activation_files
where (asked_run is null or run = asked_run)
  and (asked_layer is null or layer = asked_layer);

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

-- Asked for again and again. `uncache table profile` before something else is asked.
cache lazy table profile;

-- The counts of an output, a list over the layer's columns.
create or replace temporary view profile_counts as
select profile, matrix, grouping, output, counts
from profile join class_profile using (run, layer, kind, grouping, class)
where n_parts = 1
union all
select profile, matrix, grouping, output,
  reduce(collect_list(counts), cast(null as array<int>), (a, b) -> if(a is null, b, zip_with(a, b, (x, y) -> x + y)))
    as counts
from profile join class_profile using (run, layer, kind, grouping, class)
where n_parts > 1
group by profile, matrix, grouping, output;

-- A row an interaction, or neuron, and class: significant, or active, in k of the class's samples.
create or replace temporary view class_unit as
select profile, explode(counts) as k from profile_counts;

-- The same of a whole run, by true labels: the sum over its classes.
create or replace temporary view run_unit as
select matrix, explode(counts) as k
from (
  select matrix,
    reduce(collect_list(counts), cast(null as array<int>), (a, b) -> if(a is null, b, zip_with(a, b, (x, y) -> x + y)))
      as counts
  from profile_counts
  where grouping = 'true'
  group by matrix, output) as whole;

-- A row an interaction, or neuron, and pair of classes, each pair once.
create or replace temporary view unit_pair as
select from_profile, to_profile, from_k, to_counts[place] as to_k
from (
  select a.profile as from_profile, b.profile as to_profile, a.counts as from_counts, b.counts as to_counts
  from profile_counts as a
  join profile_counts as b on b.matrix = a.matrix and b.output = a.output and b.profile > a.profile) as pair
lateral view posexplode(from_counts) as place, from_k;

-- Set bits of a block of significance.
create or replace temporary view significance_block as
select run, layer, sample, class, class_name, n_significant, block, bitmap_count(bits) as n_bits
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
  select run, layer, sample, class, class_name, correct, sort_array(cast(z as array<double>), false) as z
  from last join activation using (run, layer)
  where forall(z, v -> v > float('-infinity') and v < float('infinity')))
select run, layer, sample, class, class_name, correct, z[0] as largest,
  transform(slice(z, 2, size(z) - 1), v -> v - z[0]) as gaps
from ordered;

-- A row each of these gaps, counted from 1.
create or replace temporary view logit_gap as
select run, layer, sample, gap, place + 1 as place
from logit lateral view posexplode(gaps) as place, gap;

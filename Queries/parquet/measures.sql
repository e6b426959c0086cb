-- Engram's measures as views in plain SQL, the same text for DuckDB and Spark: what tables.duckdb.sql or tables.spark.sql
-- made is all that they read. The measures are those of Schema/README.md, with its names. Counts are grouped before a logarithm
-- is taken, and weighed by how many interactions have them: faster, and more exact than a sum over as many numbers as a
-- layer has interactions. Leaves out what is no function of class counts and logits: activations as Gaussians, ranks,
-- likelihoods, and detectors that learn.

-- What parts a run is here in, and whether these are all: every sample of its selection predicted or unreadable, once.
create or replace temporary view run_parts as
with part as (
  select run, cast(sum(coalesce(shard_last - shard_index + 1, 1)) as bigint) as n_parts,
    max(coalesce(shard_count, 1)) as shard_count, max(n_samples) as n_samples
  from run group by run),
predicted as (
  select run, count(*) as n_predicted, count(distinct sample) as n_distinct from prediction group by run)
select run, n_parts, shard_count, n_samples, coalesce(n_predicted, 0) as n_predicted,
  case when n_parts <> shard_count then 'parts are missing or here twice'
    when n_predicted <> n_distinct then 'samples are here twice'
    when coalesce(n_predicted, 0) < n_samples then 'samples are missing or unreadable'
    when n_predicted > n_samples then 'more samples than the run has'
    else 'whole' end as state
from part left join predicted using (run);

-- Layers, which parts of a run name once each.
create or replace temporary view run_layer as
select distinct run, layer, layer_position from layer;

-- n_units of a class's interactions, or neurons, have the count k.
create or replace temporary view class_frequency as
select profile, k, count(*) as n_units from class_unit group by profile, k;

-- H(c) = -Σ [p ln p + (1 - p) ln (1 - p)], p = k / N.
create or replace temporary view entropy as
with term as (
  select profile, n_units,
    case when k > 0 and k < n_samples
      then -(k * ln(cast(k as double) / n_samples) + (n_samples - k) * ln(cast(n_samples - k as double) / n_samples))
        / n_samples
      else cast(0 as double) end as h
  from class_frequency join profile using (profile)),
total as (
  select profile, sum(n_units * h) as entropy, cast(sum(n_units) as bigint) as n_units from term group by profile)
select run, layer, layer_position, kind, grouping, class, class_position, class_name, n_samples, entropy,
  entropy / n_units as entropy_per_interaction, n_units, profile, matrix
from total join profile using (profile) join run_layer using (run, layer);

-- KL(from ‖ to) within a run, p = (k + ½) / (N + 1), as Σ Q φ((P - Q) / Q) + (1 - Q) φ((Q - P) / (1 - Q)) with
-- φ(t) = (1 + t) ln (1 + t) - t: no term is the difference of larger ones. P - Q is of whole numbers and halves, thus exact;
-- where t is small a series stands for φ.
create or replace temporary view divergence as
with pair as (
  select from_profile, to_profile, from_k, to_k, count(*) as n_units
  from unit_pair
  group by from_profile, to_profile, from_k, to_k),
counted as (
  select from_profile, to_profile, n_units, from_k + cast(0.5 as double) as k, to_k + cast(0.5 as double) as m,
    a.n_samples + cast(1 as double) as n, b.n_samples + cast(1 as double) as o
  from pair
  join profile as a on a.profile = from_profile
  join profile as b on b.profile = to_profile),
direction as (
  select case when way = 1 then from_profile else to_profile end as from_profile,
    case when way = 1 then to_profile else from_profile end as to_profile, n_units,
    case when way = 1 then k else m end as k, case when way = 1 then n else o end as n,
    case when way = 1 then m else k end as m, case when way = 1 then o else n end as o
  from counted cross join (select 1 as way union all select 2 as way) as ways),
side as (
  select from_profile, to_profile, n_units, m, o, (k * o - m * n) / (m * n) as t from direction
  union all
  select from_profile, to_profile, n_units, o - m as m, o, (m * n - k * o) / ((o - m) * n) as t from direction),
term as (
  select from_profile, to_profile, n_units * (m / o)
    * case when abs(t) > 0.02 then (1 + t) * ln(1 + t) - t
      else t * t * (1.0e0 / 2 - t * (1.0e0 / 6 - t * (1.0e0 / 12 - t * (1.0e0 / 20 - t * (1.0e0 / 30
        - t * (1.0e0 / 42 - t * (1.0e0 / 56 - t * (1.0e0 / 72)))))))) end as kl
  from side),
total as (
  select from_profile, to_profile, sum(kl) as kl from term group by from_profile, to_profile)
select a.run, a.layer, a.layer_position, a.kind, a.grouping, a.class as from_class, a.class_position as from_position,
  a.class_name as from_name, b.class as to_class, b.class_position as to_position, b.class_name as to_name,
  cast(0.5 as double) as alpha, kl, kl / a.n_units as kl_per_interaction
from total
join entropy as a on a.profile = from_profile
join entropy as b on b.profile = to_profile;

-- How the proportions k / N are spread, of classes and of whole runs (class is null), by true labels: how many units lie in
-- the bin min(19, ⌊20 k / N⌋), never and always fire.
create or replace temporary view frequency as
select matrix, class, class_position, class_name, n_samples, k, n_units
from class_frequency join profile using (profile)
where grouping = 'true'
union all
select matrix, null, null, null, n_samples, k, n_units
from (select matrix, k, count(*) as n_units from run_unit group by matrix, k) as whole
join (select matrix, cast(sum(n_samples) as bigint) as n_samples from profile group by matrix) as size using (matrix);

-- The softmax of logits in log space: `rest` is ln Σ exp (z - max z), with what the others are beside the largest kept
-- (2 artanh (s / (2 + s)) is ln (1 + s)). M = 100 and γ = 0.1 are `gen`'s usual ones.
create or replace temporary view softmax as
with others as (
  select run, layer, sample, sum(exp(gap)) as others from logit_gap group by run, layer, sample),
logarithm as (
  select run, layer, sample, coalesce(others, cast(0 as double)) as others,
    2 * atanh(coalesce(others, cast(0 as double)) / (2 + coalesce(others, cast(0 as double)))) as rest
  from logit left join others using (run, layer, sample)),
spread as (
  select run, layer, sample, sum(exp(gap - rest) * (gap - rest)) as spread,
    sum(case when place < 100 then power(exp(gap - rest), 0.1) * power(1 - exp(gap - rest), 0.1) end) as generalised
  from logit_gap join logarithm using (run, layer, sample)
  group by run, layer, sample)
select logit.run, logit.layer, logit.sample, class, class_name, correct, largest, rest,
  coalesce(spread, cast(0 as double)) - rest * exp(-rest) as negative_entropy,
  -(coalesce(generalised, cast(0 as double)) + power(exp(-rest), 0.1) * power(others / (1 + others), 0.1))
    as generalised_entropy
from logit
join logarithm on logarithm.run = logit.run and logarithm.layer = logit.layer and logarithm.sample = logit.sample
left join spread on spread.run = logit.run and spread.layer = logit.layer and spread.sample = logit.sample;

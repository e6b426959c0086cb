-- Question: How do two runs differ in accuracy, and in each layer in always-on share, entropy and separation?
-- Notes: entropy and separation per interaction, in nats. Layers pair by position and name. Accuracies are over the
--   samples that have a right answer, and null where none has.
-- Keywords: compare, difference, versus, before, after
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :other_run text of run.name = the next by the same rule; the other run's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 20
-- Columns: measure, layer, run, other_run, run_value, other_value, difference

with chosen as (
  select coalesce(:run, (select run from default_run)) as run),
pair as (
  select run, coalesce(:other_run, (
    select run from default_runs where run <> chosen.run order by place limit 1)) as other_run
  from chosen),
side as (
  select run as name from pair union all select other_run from pair),
figure as (
  select 1 as ordinal, 'accuracy' as measure, -1 as layer_position, null as layer, run, accuracy as value
  from side join runs on runs.run = side.name
  union all
  select 2, 'always-on share', layer_position, layer, run, always_share
  from side join layer_sparsity on layer_sparsity.run = side.name where kind = coalesce(:kind, 'interaction')
  union all
  select 3, 'mean entropy', layer_position, layer, run, mean_entropy
  from side join separation on separation.run = side.name where kind = coalesce(:kind, 'interaction')
  union all
  select 4, 'separation', layer_position, layer, run, separation
  from side join separation on separation.run = side.name where kind = coalesce(:kind, 'interaction')
  union all
  select 5, 'separation, labels permuted', layer_position, layer, run, separation_permuted
  from side join separation on separation.run = side.name where kind = coalesce(:kind, 'interaction')),
side_by_side as (
  select ordinal, measure, layer_position, layer, pair.run, pair.other_run,
    max(value) filter (where figure.run = pair.run) as run_value,
    max(value) filter (where figure.run = pair.other_run) as other_value
  from pair cross join figure
  group by ordinal, layer_position, layer)
select measure, layer, run, other_run, run_value, other_value, run_value - other_value as difference
from side_by_side
order by ordinal, layer_position;

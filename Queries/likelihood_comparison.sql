-- Question: Does each class's pattern become less likely in an attacked or shifted run, under the clean profile of the class?
-- Notes: mean ln L(S | true class) per interaction in nats, over the samples that both runs hold; fell is the share of them
--   whose likelihood fell; samples without a label are left out. Computed by engram-ingest measure WAREHOUSE --run OTHER_RUN --under RUN.
-- Keywords: adversarial, attack, shift
-- :run text of run.name = the first of default_runs under whose profiles another was scored; the clean run's name
-- :other_run text of run.name = all the runs scored under it; the attacked or shifted run's name
-- :layer text of layer.name = all layers; the layer's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 210
-- Columns: run, other_run, layer, class, n_samples, log_likelihood, log_likelihood_other, difference, fell

with scored as (
  select a.run_id, a.name as run, b.run_id as other_run_id, b.name as other_run
  from run as a join run as b on b.run_id <> a.run_id
  where exists (select 1 from likelihood where run_id = b.run_id and profile_run_id = a.run_id)),
chosen as (
  select scored.run_id, run, other_run_id, other_run, layer_id, layer_position as position, layer,
    n_units as size
  from scored join unit_counts using (run_id, run)
  where kind = coalesce(:kind, 'interaction')
    and run = coalesce(:run, (select run from scored join default_runs using (run_id, run) order by place limit 1))
    and (:other_run is null or other_run = :other_run)
    and (:layer is null or layer = :layer)),
compared as (
  select chosen.*, sample.class_id, count(*) as n_samples, avg(own.own) as own, avg(other.own) as other,
    avg(other.own < own.own) as fell
  from chosen
  join likelihood as own on own.run_id = chosen.run_id and own.profile_run_id = chosen.run_id
    and own.layer_id = chosen.layer_id and own.kind = coalesce(:kind, 'interaction') and own.grouping = 'true'
  join likelihood as other on other.run_id = chosen.other_run_id and other.profile_run_id = chosen.run_id
    and other.layer_id = chosen.layer_id and other.kind = own.kind and other.grouping = 'true'
    and other.sample_id = own.sample_id
  join sample on sample.sample_id = own.sample_id
  group by chosen.other_run_id, chosen.layer_id, sample.class_id)
select run, other_run, layer, class.name as class, n_samples, own / size as log_likelihood,
  other / size as log_likelihood_other, (other - own) / size as difference, fell
from compared join class using (class_id)
order by other_run_id, compared.position, class.position;

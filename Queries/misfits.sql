-- Question: Which samples have a pattern that fits another class better than their own?
-- Notes: margin is the log-likelihood of the sample's bitset under the class that fits best less that under its own, in
--   nats; a sample's own bits are in its class's profile, so a misfit is one despite that.
-- :run text of run.name = the newest complete run; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :limit int = 10; samples shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0; class profiles that are
--   stored, run.profiles = 'stored')
-- Columns: run, layer, sample, class, fits, predicted, margin

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from newest_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from newest_run)) order by position desc limit 1))),
profile as materialized (
  select class_profile.class_id, class_profile.counts, class_profile.run_id, class_profile.layer_id
  from chosen join class_profile using (run_id, layer_id)
  where kind = 'interaction' and grouping = 'true'),
pattern as materialized (
  select sample_id, bits from chosen join bitset using (run_id, layer_id)),
likelihood as materialized (
  select pattern.sample_id, profile.class_id, sum(engram_log_likelihood(pattern.bits, profile.counts)) as value
  from pattern cross join profile
  group by 1, 2),
best as (
  select sample_id, class_id, max(value) as value from likelihood group by sample_id)
select chosen.run, chosen.layer, predictions.sample, predictions.class, class.name as fits, predictions.predicted,
  best.value - own.value as margin
from chosen
cross join best
join sample using (sample_id)
join likelihood as own on own.sample_id = best.sample_id and own.class_id = sample.class_id
join class on class.class_id = best.class_id
join predictions on predictions.run_id = chosen.run_id and predictions.sample_id = best.sample_id
where best.value > own.value
order by margin desc, predictions.position
limit coalesce(:limit, 10);

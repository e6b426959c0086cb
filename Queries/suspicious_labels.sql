-- Question: Which samples look mislabelled: predicted as another class that their pattern fits better?
-- Notes: margin is the log-likelihood of the sample's bitset under the predicted class less that under its own,
--   in nats.
-- :run text of run.name = the newest complete run; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :confidence real = 0.5; the least confidence of the prediction
-- :limit int = 10; samples shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0; class profiles that are
--   stored, run.profiles = 'stored')
-- Columns: run, layer, sample, class, predicted, confidence, margin

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
  group by 1, 2)
select chosen.run, chosen.layer, predictions.sample, predictions.class, predictions.predicted, predictions.confidence,
  guessed.value - own.value as margin
from chosen
join predictions using (run_id)
join prediction using (run_id, sample_id)
join sample using (sample_id)
join likelihood as own on own.sample_id = prediction.sample_id and own.class_id = sample.class_id
join likelihood as guessed on guessed.sample_id = prediction.sample_id and guessed.class_id = prediction.class_id
where predictions.correct = 0 and predictions.confidence >= coalesce(:confidence, 0.5)
  and guessed.value > own.value
order by predictions.confidence desc, predictions.position
limit coalesce(:limit, 10);

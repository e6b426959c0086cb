-- Question: Which labels look wrong, in which layer first, and what does the sample look like instead?
-- Notes: score is pattern + prediction + neighbors / 2, each in standard deviations over the run's samples. pattern: the log-likelihood of
--   the sample's bitset under the best other class less that under its own, of which it is left out, the mean over the
--   layers. neighbors: of the nearest samples in the layer's inputs, by angle, the share of the most frequent other
--   class less that of its own. prediction: the loss, null where the network is known to have been trained on the sample, for
--   it then says what it was told. first_layer is the first whose pattern prefers another class; null: none does. looks_like is
--   the class that layers, neighbors and prediction name most. Samples without a label are left out.
-- Keywords: mislabelled, mislabeled, wrong label, label noise, label errors, flipped, annotation errors, clean, confident learning
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer in whose inputs neighbors are near
-- :neighbors int = 20; how many of them
-- :class text of class.name = all classes; the label's class
-- :limit int = 10; samples shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 285
-- Columns: run, sample, class, looks_like, score, first_layer, pattern, prediction, neighbors

with chosen as (
  select run_id, name as run, dataset_id, activations
  from run
  where name = coalesce(:run, (select run from default_run))),
labelled as materialized (
  select chosen.run_id, sample.sample_id, sample.class_id, prediction.confidence,
    iif(prediction.assigned_class_id is null, prediction.loss, null) as loss,
    (select own.class_id from class as own
      where own.dataset_id = chosen.dataset_id and (own.class_id = prediction.class_id or own.class_id in (
        select class_id from class_output where output_id = prediction.class_id))) as predicted_id
  from chosen join prediction using (run_id) join sample using (sample_id)
  where sample.class_id is not null),
fitted as materialized (
  select layer_id, labelled.sample_id, nullif(fit_class_id, class_id) as other_id,
    case when fit_class_id <> class_id then fit - own when predicted_id is class_id then other - own
      else coalesce(predicted, other) - own end as margin
  from chosen
  join likelihood on likelihood.run_id = chosen.run_id and profile_run_id = chosen.run_id
  cross join labelled on labelled.sample_id = likelihood.sample_id
  where kind = 'interaction' and grouping = 'true' and own is not null),
contradicted as materialized (
  select sample_id, layer.name as layer, min(layer.position)
  from fitted join layer using (layer_id)
  where other_id is not null
  group by sample_id),
vote as materialized (
  select near.sample_id, other.class_id, count(*) * 1.0 / coalesce(:neighbors, 20) as share
  from chosen join layers using (run_id, run)
  cross join engram_neighbors(chosen.run_id, layers.layer_id, coalesce(:neighbors, 20), 'normalized') as near
  join sample as other on other.sample_id = near.neighbor_id
  where layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))
    and activations = 'stored' and other.class_id is not null
  group by near.sample_id, other.class_id),
part (part, layer_id, sample_id, value) as materialized (
  select 'pattern', layer_id, sample_id, margin from fitted
  union all
  select 'prediction', null, sample_id, loss from labelled where loss is not null
  union all
  select 'neighbors', null, sample_id, max(iif(vote.class_id = labelled.class_id, 0, share))
    - sum(iif(vote.class_id = labelled.class_id, share, 0))
  from labelled join vote using (sample_id)
  group by sample_id),
moment as materialized (
  select part, layer_id, avg(value) as mean, sqrt(avg(value * value) - avg(value) * avg(value)) as deviation
  from part
  group by part, layer_id),
scored as materialized (
  select sample_id, avg((value - mean) / nullif(deviation, 0)) filter (where part.part = 'pattern') as pattern,
    avg((value - mean) / nullif(deviation, 0)) filter (where part.part = 'prediction') as prediction,
    avg((value - mean) / nullif(deviation, 0)) filter (where part.part = 'neighbors') as neighbors
  from part join moment on moment.part = part.part and moment.layer_id is part.layer_id
  group by sample_id),
named as materialized (
  select sample_id, max(class_id) filter (where place = 1) as class_id
  from (
    select sample_id, class_id, row_number() over (partition by sample_id order by sum(weight) desc, class_id) as place
    from (
      select sample_id, other_id as class_id, 1.0 / (select count(distinct layer_id) from fitted) as weight
      from fitted where other_id is not null
      union all
      select vote.sample_id, vote.class_id, share
      from labelled join vote using (sample_id) where vote.class_id <> labelled.class_id
      union all
      select sample_id, predicted_id, confidence from labelled where loss is not null and predicted_id <> class_id)
    group by sample_id, class_id)
  group by sample_id)
select chosen.run, sample.key as sample, truth.name as class, looks.name as looks_like,
  ifnull(pattern, 0) + ifnull(prediction, 0) + ifnull(neighbors, 0) / 2 as score,
  contradicted.layer as first_layer, pattern, prediction, neighbors
from chosen
cross join scored
join sample on sample.sample_id = scored.sample_id
join class as truth on truth.class_id = sample.class_id
left join contradicted on contradicted.sample_id = scored.sample_id
left join named on named.sample_id = scored.sample_id
left join class as looks on looks.class_id = named.class_id
where :class is null or truth.name = :class
order by score desc, sample.position
limit coalesce(:limit, 10);

-- Question: Which samples lie nearest to a given sample in a layer?
-- Notes: distance is Euclidean, between pre-activations z; cosine is of the same vectors. Samples whose vectors are not
--   finite have no distance and come last.
-- Keywords: neighbors, neighbours, knn, distance, close
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :sample text of sample.key = the run's first sample; the sample's key
-- :limit int = 10; samples shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 260
-- Columns: run, layer, sample, class, predicted, distance, cosine

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))),
given as materialized (
  select sample_id, z
  from chosen join activation using (run_id, layer_id) join sample using (sample_id)
  where :sample is null or sample.key = :sample
  order by sample.position limit 1)
select chosen.run, chosen.layer, predictions.sample, predictions.class, predictions.predicted,
  engram_distance(other.z, given.z) as distance, engram_cosine(other.z, given.z) as cosine
from chosen
cross join given
join activation as other
  on other.run_id = chosen.run_id and other.layer_id = chosen.layer_id and other.sample_id <> given.sample_id
join predictions on predictions.run_id = chosen.run_id and predictions.sample_id = other.sample_id
order by distance nulls last, predictions.position
limit coalesce(:limit, 10);

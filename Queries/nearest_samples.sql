-- Question: Which samples lie nearest to a given sample in a layer?
-- Notes: distance is Euclidean, between pre-activations z of all neurons or of some; cosine is of the same vectors. Samples
--   whose vectors are not finite have no distance and come last. An index of the layer (engram-ingest index) makes it fast.
-- Keywords: neighbors, neighbours, knn, distance, close
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :sample text of sample.key = the run's first sample; the sample's key
-- :neurons text = all; the neurons: 3, [3,5,8] or all
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
  select sample_id
  from chosen join activation using (run_id, layer_id) join sample using (sample_id)
  where :sample is null or sample.key = :sample
  order by sample.position limit 1)
select chosen.run, chosen.layer, predictions.sample, predictions.class, predictions.predicted, found.distance, found.cosine
from chosen
cross join given
cross join engram_nearest_samples(
  chosen.run_id, chosen.layer_id, given.sample_id, coalesce(:neurons, 'all'), coalesce(:limit, 10)) as found
join predictions on predictions.run_id = chosen.run_id and predictions.sample_id = found.sample_id
order by found.rank;

-- Question: Which samples have the most significant interactions in each layer?
-- Keywords: most active, dense, popcount
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = all layers; the layer's name
-- :limit int = 10; samples shown of each layer
-- Place: 180
-- Columns: run, layer, sample, class, n_significant, density

select layers.run, layers.layer, sample.key as sample, class.name as class, significance.n_significant,
  significance.n_significant * 1.0 / layers.n_interactions as density
from layers
join significance on significance.significance_id in (
  select significance_id from significance as s
  where s.run_id = layers.run_id and s.layer_id = layers.layer_id
  order by n_significant desc, sample_id limit coalesce(:limit, 10))
join sample using (sample_id)
left join class using (class_id)
where layers.run = coalesce(:run, (select run from default_run))
  and (:layer is null or layers.layer = :layer)
order by layers.position, significance.n_significant desc, sample_id;

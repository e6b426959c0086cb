-- Question: How sparse is each layer: the mean activation proportion, and what share never or always fires?
-- Keywords: dead, inactive, silent, never active, always on, density, sparse
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :kind text of sparsity.kind = interaction; interaction or neuron
-- Place: 80
-- Columns: run, layer, kind, n_samples, mean_proportion, never_share, always_share

select run, layer, kind, n_samples, mean_proportion, never_share, always_share
from layer_sparsity
where run = coalesce(:run, (select run from default_run))
  and kind = coalesce(:kind, 'interaction')
order by layer_position;

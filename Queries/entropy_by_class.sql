-- Question: How disordered is each class in each layer, in nats?
-- Keywords: disorder, uncertainty
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = all layers; the layer's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- :grouping text of entropy.grouping = true; true, permuted, predicted, assigned or labels of your own, where measured
-- Place: 110
-- Columns: run, layer, class, n_samples, entropy, entropy_per_interaction

select run, layer, class, n_samples, entropy, entropy_per_interaction
from entropy_by_grouping
where run = coalesce(:run, (select run from default_run))
  and (:layer is null or layer = :layer)
  and kind = coalesce(:kind, 'interaction')
  and grouping = coalesce(:grouping, 'true')
order by layer_position, class_position;

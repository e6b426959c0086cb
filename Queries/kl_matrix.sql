-- Question: How far apart are the classes of a run in one layer, in nats?
-- Notes: KL(from ‖ to); on the diagonal, where KL is 0, the class's own entropy (measure says which).
-- Keywords: divergence, distance, far apart, similarity
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- :grouping text of entropy.grouping = true; true, permuted, predicted, assigned or labels of your own, where measured
-- Place: 120
-- Columns: run, layer, from_class, to_class, measure, value, per_interaction

select run, layer, from_class, to_class, measure, value, per_interaction
from kl_by_grouping
where run = coalesce(:run, (select run from default_run))
  and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))
  and kind = coalesce(:kind, 'interaction')
  and grouping = coalesce(:grouping, 'true')
order by from_position, to_position;

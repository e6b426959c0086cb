-- Question: Does what interactions tell of the classes also show in neurons, and in activations?
-- Notes: separation is the mean KL between classes, in nats per interaction or neuron; times_floor how often it holds what
--   permuted labels separate. Neurons are z > 0, activations z as independent Gaussians: the control.
-- Keywords: baseline, gaussian
-- :run text of run.name = all runs; the run's name
-- :layer text of layer.name = all layers; the layer's name
-- Place: 245
-- Columns: run, layer, interactions, interactions_times_floor, neurons, neurons_times_floor, activations,
--   activations_times_floor

select run, layer,
  max(separation) filter (where kind = 'interaction') as interactions,
  max(separation / nullif(separation_permuted, 0)) filter (where kind = 'interaction') as interactions_times_floor,
  max(separation) filter (where kind = 'neuron') as neurons,
  max(separation / nullif(separation_permuted, 0)) filter (where kind = 'neuron') as neurons_times_floor,
  max(separation) filter (where kind = 'activation') as activations,
  max(separation / nullif(separation_permuted, 0)) filter (where kind = 'activation') as activations_times_floor
from separation
where (:run is null or run = :run)
  and (:layer is null or layer = :layer)
group by run_id, layer_position
order by run_id, layer_position;

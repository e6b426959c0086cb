-- Question: Which layer separates the classes, and how far above what label noise alone separates?
-- Notes: separation is the mean off-diagonal KL per interaction, in nats; separation_permuted the same
--   with the labels permuted.
-- Keywords: divergence, permuted, floor, best layer, separate
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 130
-- Columns: run, layer, separation, separation_permuted, above_floor, mean_entropy, relative_separation

select run, layer, separation, separation_permuted, separation - separation_permuted as above_floor,
  mean_entropy, relative_separation
from separation
where run = coalesce(:run, (select run from default_run))
  and kind = coalesce(:kind, 'interaction')
order by layer_position;

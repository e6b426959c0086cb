-- Question: How are a layer's activation proportions distributed?
-- Notes: share of the layer's interactions whose proportion lies from low up to, not including, high; the
--   last bin includes 1.
-- Keywords: distribution, proportions, density, sparse
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :kind text of sparsity.kind = interaction; interaction or neuron
-- :class text of class.name = the whole run; the class's name
-- Place: 90
-- Columns: run, layer, kind, class, low, high, share

select run, layer, kind, class, low, high, share
from sparsity_histogram
where run = coalesce(:run, (select run from default_run))
  and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))
  and kind = coalesce(:kind, 'interaction')
  and class is :class
order by bin;

-- Question: Which labels do a network's patterns follow: the classes, what it predicts, or labels of your own?
-- Notes: separation is the mean off-diagonal KL per interaction, in nats, with the samples grouped by each; floor the same
--   with those labels in another order, of the true ones for true, predicted and assigned. engram-ingest label attaches your
--   own labels, engram-ingest measure WAREHOUSE --run RUN --by NAME measures by them.
-- Keywords: concepts, attributes, annotations
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = all layers; the layer's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 344
-- Columns: run, layer, labels, n_values, separation, floor, above_floor, relative_separation

with measured as (
  select run, layer_position, layer, grouping, n_classes, separation, relative_separation
  from separation_by_grouping
  where run = coalesce(:run, (select run from default_run))
    and (:layer is null or layer = :layer)
    and kind = coalesce(:kind, 'interaction'))
select own.run, own.layer, own.grouping as labels, own.n_classes as n_values, own.separation,
  floor.separation as floor, own.separation - floor.separation as above_floor, own.relative_separation
from measured as own
left join measured as floor on floor.layer_position = own.layer_position
  and floor.grouping = case when own.grouping in ('true', 'predicted', 'assigned') then 'permuted'
    else 'permuted ' || own.grouping end
where own.grouping <> 'permuted' and own.grouping not like 'permuted %'
order by own.layer_position, own.separation - floor.separation desc, own.grouping;

-- Question: How far apart are the classes of a run in one layer, in nats?
-- Notes: KL(from ‖ to); on the diagonal, where KL is 0, the class's own entropy (measure says which). All runs, layers, kinds
--   and groupings that are not narrowed by asked_run, asked_layer, asked_kind and asked_grouping.
-- Columns: run, layer, kind, grouping, from_class, to_class, measure, value, per_interaction

select run, layer, kind, grouping, from_class, to_class, measure, value, per_interaction
from (
  select run, layer, layer_position, kind, grouping, from_position, from_name as from_class, to_position,
    to_name as to_class, 'divergence' as measure, kl as value, kl_per_interaction as per_interaction
  from divergence
  union all
  select run, layer, layer_position, kind, grouping, class_position, class_name, class_position, class_name, 'entropy',
    entropy, entropy_per_interaction
  from entropy) as cell
order by run, layer_position, kind, grouping, from_position, to_position;

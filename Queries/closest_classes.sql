-- Question: Which classes lie closest together, and are they the ones that predictions confuse?
-- Notes: symmetric_kl is KL(a ‖ b) + KL(b ‖ a) per interaction, in nats; n_confused counts mistakes either
--   way, between classes that are outputs of the network.
-- Keywords: similar classes, nearest, alike, confusable
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- :limit int = 10; pairs shown
-- Place: 140
-- Columns: run, layer, a_class, b_class, kl_a_to_b, kl_b_to_a, symmetric_kl, n_confused

with pair as (
  select run_id, run, layer, min(from_position, to_position) as a, max(from_position, to_position) as b,
    max(from_class) filter (where from_position < to_position) as a_class,
    max(to_class) filter (where from_position < to_position) as b_class,
    sum(per_interaction) filter (where from_position < to_position) as kl_a_to_b,
    sum(per_interaction) filter (where from_position > to_position) as kl_b_to_a,
    sum(per_interaction) as symmetric_kl
  from kl_matrix
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))
    and kind = coalesce(:kind, 'interaction')
    and measure = 'divergence'
  group by a, b),
mistake as (
  select min(class_position, predicted_position) as a, max(class_position, predicted_position) as b, count(*) as n
  from predictions
  where run = coalesce(:run, (select run from default_run))
    and correct = 0
  group by 1, 2)
select run, layer, a_class, b_class, kl_a_to_b, kl_b_to_a, symmetric_kl, ifnull(n, 0) as n_confused
from pair left join mistake using (a, b)
order by symmetric_kl, a, b
limit coalesce(:limit, 10);

-- Question: How do the classes' entropy and separation differ between two runs of one network, training and test, say?
-- Notes: entropy per interaction in nats; separation of a class is the mean KL per interaction from it to the other
--   classes of its run. Differences are run less other_run. Classes pair by their key.
-- Keywords: generalisation, generalization, overfitting, memorisation, memorization
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :other_run text of run.name = the next of the same network by the same rule; the other run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 350
-- Columns: run, other_run, layer, class, run_entropy, other_entropy, entropy_difference, run_separation,
--   other_separation, separation_difference

with chosen as (
  select run_id, name as run, model_id from run where name = coalesce(:run, (select run from default_run))),
pair as (
  select chosen.run_id, run, other.run_id as other_run_id, other.name as other_run
  from chosen join run as other on other.model_id = chosen.model_id
  where other.name = coalesce(:other_run, (
    select name from run join default_runs using (run_id)
    where model_id = chosen.model_id and run_id <> chosen.run_id
    order by place limit 1))),
place as (
  select pair.*, layer_id, layer, coalesce(:kind, 'interaction') as kind
  from pair join layers using (run_id)
  where layer = coalesce(:layer, (
    select layer from layers where layers.run_id = pair.run_id order by position desc limit 1))),
figure as (
  select place.run, place.other_run, place.layer, class.position, class.name as class,
    own.entropy_per_interaction as run_entropy, other.entropy_per_interaction as other_entropy,
    (select avg(kl_per_interaction) from divergence as d
      where d.from_run_id = place.run_id and d.to_run_id = place.run_id and d.layer_id = place.layer_id
        and d.kind = place.kind and d.grouping = 'true' and d.from_class_id = own.class_id
        and d.to_class_id <> own.class_id) as run_separation,
    (select avg(kl_per_interaction) from divergence as d
      where d.from_run_id = place.other_run_id and d.to_run_id = place.other_run_id and d.layer_id = place.layer_id
        and d.kind = place.kind and d.grouping = 'true' and d.from_class_id = other.class_id
        and d.to_class_id <> other.class_id) as other_separation
  from place
  join entropy as own on own.run_id = place.run_id and own.layer_id = place.layer_id and own.kind = place.kind
    and own.grouping = 'true'
  join class on class.class_id = own.class_id
  join run on run.run_id = place.other_run_id
  join class as twin on twin.dataset_id = run.dataset_id and twin.key = class.key
  join entropy as other on other.run_id = place.other_run_id and other.layer_id = place.layer_id
    and other.kind = place.kind and other.grouping = 'true' and other.class_id = twin.class_id)
select run, other_run, layer, class, run_entropy, other_entropy, run_entropy - other_entropy as entropy_difference,
  run_separation, other_separation, run_separation - other_separation as separation_difference
from figure
order by position;

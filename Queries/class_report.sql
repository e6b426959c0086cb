-- Question: How accurate, disordered and large is each class, what lies nearest, and what is it taken for?
-- Notes: entropy and kl_to_nearest are per interaction of the layer, in nats; rank is of the network's last layer, by
--   the rule 1e-2. A class that is no output of the network has no accuracy and loss; taken_for is then what it is taken
--   for most often.
-- Keywords: summary, overview
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :class text of class.name = all classes; the class's name
-- Place: 220
-- Columns: run, layer, class, accuracy, mean_loss, entropy, rank, nearest, kl_to_nearest, taken_for, n_taken

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))),
taken as materialized (
  select p.class_position, p.predicted, count(*) as n_taken,
    row_number() over (partition by p.class_position order by count(*) desc, p.output_position) as place
  from predictions as p
  where p.run_id = (select run_id from chosen) and p.correct is not 1
  group by p.class_position, p.predicted_class_id)
select chosen.run, chosen.layer, own.class, own.accuracy, own.mean_loss,
  (select entropy_per_interaction from class_entropy as e
    where e.run_id = chosen.run_id and e.layer = chosen.layer and e.kind = 'interaction'
      and e.class_position = own.class_position) as entropy,
  (select rank from class_rank as r
    where r.run_id = chosen.run_id and r.class_position = own.class_position and r.rule = '1e-2') as rank,
  (select to_class from kl_matrix as k
    where k.run_id = chosen.run_id and k.layer = chosen.layer and k.kind = 'interaction' and k.measure = 'divergence'
      and k.from_position = own.class_position
    order by per_interaction, to_position limit 1) as nearest,
  (select min(per_interaction) from kl_matrix as k
    where k.run_id = chosen.run_id and k.layer = chosen.layer and k.kind = 'interaction' and k.measure = 'divergence'
      and k.from_position = own.class_position) as kl_to_nearest,
  taken.predicted as taken_for, ifnull(taken.n_taken, 0) as n_taken
from chosen
join class_accuracy as own using (run_id)
left join taken on taken.class_position = own.class_position and taken.place = 1
where :class is null or own.class = :class
order by own.class_position;

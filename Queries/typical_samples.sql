-- Question: Which samples are most typical of their class?
-- Notes: log_likelihood is of the sample's bitset under its own class's profile with the sample left out, in nats; place
--   counts from the most typical of the class.
-- Keywords: prototypes, representative, central
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :class text of class.name = all classes; the class's name
-- :limit int = 3; samples shown of each class
-- Place: 290
-- Columns: run, layer, class, place, sample, predicted, log_likelihood

with placed as (
  select run, layer, class, class_position, sample, predicted, log_likelihood,
    row_number() over (partition by class_position order by log_likelihood desc, position) as place
  from likelihoods
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))
    and profile_run_id = run_id and kind = 'interaction' and (:class is null or class = :class))
select run, layer, class, place, sample, predicted, log_likelihood
from placed
where place <= coalesce(:limit, 3) or :limit < 0
order by class_position, place;

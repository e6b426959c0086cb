-- Question: Which samples are most typical of their class, and which least?
-- Notes: log_likelihood is of the sample's bitset under its own class's profile, in nats; place counts from the most
--   typical of the class.
-- :run text of run.name = the newest complete run; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :class text of class.name = all classes; the class's name
-- :limit int = 3; samples shown of each class
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0; class profiles that are
--   stored, run.profiles = 'stored')
-- Columns: run, layer, class, place, sample, predicted, log_likelihood

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from newest_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from newest_run)) order by position desc limit 1))),
likelihood as materialized (
  select bitset.sample_id, sum(engram_log_likelihood(bitset.bits, class_profile.counts)) as value
  from chosen
  join bitset using (run_id, layer_id)
  join sample using (sample_id)
  join class_profile on class_profile.run_id = chosen.run_id and class_profile.layer_id = chosen.layer_id
    and class_profile.kind = 'interaction' and class_profile.grouping = 'true'
    and class_profile.class_id = sample.class_id
  group by bitset.sample_id),
placed as (
  select chosen.run, chosen.layer, p.class, p.class_position,
    row_number() over (partition by p.class_position order by likelihood.value desc, p.position) as place,
    p.sample, p.predicted, likelihood.value as log_likelihood
  from chosen join predictions as p using (run_id) join likelihood using (sample_id)
  where :class is null or p.class = :class)
select run, layer, class, place, sample, predicted, log_likelihood
from placed
where place <= coalesce(:limit, 3)
order by class_position, place;

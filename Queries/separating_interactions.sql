-- Question: Which interactions tell two classes apart best?
-- Notes: p_a and p_b are the interaction's activation proportions in the two classes; kl is its share of the symmetric
--   divergence, (P - Q) ln (P (1 - Q) / (Q (1 - P))) in nats with P = (k + 0.5) / (N + 1). The bias is column n_in.
-- Keywords: discriminative, features, weights, important
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :class text of class.name = the data set's first class; the one class
-- :other_class text of class.name = the data set's second class; the other class
-- :limit int = 10; interactions shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0; class profiles that are
--   stored, run.profiles = 'stored')
-- Place: 300
-- Columns: run, layer, class, other_class, output, input, p_a, p_b, kl

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))),
pair as (
  select chosen.run_id, chosen.layer_id, a.class_id as a, a.name as a_name, b.class_id as b, b.name as b_name
  from chosen
  join run using (run_id)
  join class as a on a.dataset_id = run.dataset_id
    and iif(:class is null, a.position = 0, a.name = :class)
  join class as b on b.dataset_id = run.dataset_id
    and iif(:other_class is null, b.position = 1, b.name = :other_class)),
counted as (
  select pair.a_name, pair.b_name, cell.output, cell."column" as input,
    max(cell.proportion) filter (where profile.class_id = pair.a) as p_a,
    max(cell.proportion) filter (where profile.class_id = pair.b) as p_b,
    max((cell.count + 0.5) / (profile.n_samples + 1)) filter (where profile.class_id = pair.a) as smooth_a,
    max((cell.count + 0.5) / (profile.n_samples + 1)) filter (where profile.class_id = pair.b) as smooth_b
  from pair
  join class_profile as profile on profile.run_id = pair.run_id and profile.layer_id = pair.layer_id
    and profile.kind = 'interaction' and profile.grouping = 'true' and profile.class_id in (pair.a, pair.b)
  cross join engram_counts_rows(profile.counts) as cell
  group by cell.output, cell."column")
select chosen.run, chosen.layer, a_name as class, b_name as other_class, output, input, p_a, p_b,
  (smooth_a - smooth_b) * (ln(smooth_a / (1 - smooth_a)) - ln(smooth_b / (1 - smooth_b))) as kl
from chosen cross join counted
order by kl desc, output, input
limit coalesce(:limit, 10);

-- Question: What does one detector's ROC curve between two runs look like?
-- Notes: a row per threshold, from one above every score (null) to the lowest score: a sample whose score is not
--   below the threshold is taken for in-distribution. Of all distinct scores those are shown that the hundredths of
--   the samples reach (:points), so that the trapezoids below the rows come to about the auroc of detectors, and with
--   as many points as samples exactly to it.
-- Keywords: roc, threshold, ood
-- :run text of run.name = the first scored one of default_runs that is neither perturbed nor foreign; the in-distribution run
-- :other_run text of run.name = the newest scored run but that one, both with ODIN's step or neither; the run to tell from it
-- :reference text of run.name = the newest that both were scored by; the run that taught the detectors
-- :layer text of layer.name = the run's last scored layer; the layer's name
-- :detector text of detector.name = likelihood; the detector's name, with its parameters where they are not the usual ones
-- :points int = 100; steps of the curve, at most; 0 or less: every threshold
-- Place: 330
-- Columns: run, other_run, reference_run, layer, detector, threshold, false_positive_rate, true_positive_rate

with inside as (
  select coalesce(:run, (
    select name from run join default_runs using (run_id)
    where perturbation = 'none' and exists (select 1 from score where score.run_id = run.run_id)
    order by exists (select 1 from prediction where prediction.run_id = run.run_id and correct is not null) desc,
      place limit 1)) as run),
pair as (
  select run, coalesce(:other_run, (
    select name from run
    where name <> inside.run and exists (select 1 from score where score.run_id = run.run_id)
      and iif(perturbation like 'odin:%', perturbation, '')
        = (select iif(perturbation like 'odin:%', perturbation, '') from run where name = inside.run)
    order by run_id desc limit 1)) as other_run
  from inside),
chosen as (
  select pair.run, other_run, reference.name as reference_run, coalesce(:layer, (
    select layer.name from run_layer join layer using (layer_id)
    where run_layer.run_id = a.run_id
      and exists (select 1 from score where run_id = a.run_id and layer_id = layer.layer_id)
    order by layer.position desc limit 1)) as layer, coalesce(:detector, 'likelihood') as detector
  from pair
  join run as a on a.name = pair.run
  join run as b on b.name = other_run
  join run as reference on reference.name = coalesce(:reference, reference.name)
    and exists (select 1 from score where run_id = a.run_id and reference_run_id = reference.run_id)
    and exists (select 1 from score where run_id = b.run_id and reference_run_id = reference.run_id)
  order by reference.run_id desc limit 1),
scored as (
  select score, 1 as is_in from chosen join detector_scores using (run, reference_run, layer, detector)
  union all
  select score, 0
  from chosen join detector_scores as other on other.run = chosen.other_run
    and other.reference_run = chosen.reference_run and other.layer = chosen.layer and other.detector = chosen.detector),
threshold as (
  select score, sum(is_in) as n_in, count(*) as n from scored group by score),
accepted as (
  select score, sum(n_in) over up as n_in, sum(n) over up as n,
    sum(n_in) over () as all_in, sum(n) over () as n_all
  from threshold
  window up as (order by score desc rows between unbounded preceding and current row)),
stepped as (
  select *, row_number() over (partition by (n - 1) * coalesce(iif(:points < 1, n_all, :points), 100) / n_all order by score) as place
  from accepted where all_in > 0 and all_in < n_all),
point as (
  select score, n_in * 1.0 / all_in as found, (n - n_in) * 1.0 / (n_all - all_in) as taken from stepped where place = 1
  union all
  select null, 0.0, 0.0 from stepped where n = n_all)
select run, other_run, reference_run, layer, detector, score as threshold, taken as false_positive_rate,
  found as true_positive_rate
from chosen cross join point
order by threshold is not null, threshold desc;

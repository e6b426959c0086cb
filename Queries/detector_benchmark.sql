-- Question: Which detectors tell foreign, shifted and attacked runs from an in-distribution one, and how surely?
-- Notes: every detector against every other run that the same reference scored; larger scores are in-distribution. auroc,
--   fpr_at_95_tpr (the share of the other run accepted where 95 % of the run are), aupr_in and aupr_out (average precision
--   of finding the run's samples, and the other's), with their 95 % intervals over resampled samples. Rows of near and far
--   are means over the runs of a group, the run's samples drawn once for all of them. Best first within each run. Runs with ODIN's step (--attack
--   odin:eps=0.0014,T=1000) are told from runs with the same step alone: name one of them as the run.
-- Keywords: ood, out-of-distribution, anomaly, auroc, fpr, intervals
-- :run text of run.name = the first scored one of default_runs that is neither perturbed nor foreign; the in-distribution run
-- :reference text of run.name = the newest that scored the run; the run that taught the detectors
-- :detector text of detector.name = all detectors; the detector's name
-- :near texts of run.name = no group; runs, with commas between them, whose mean is a row
-- :far texts of run.name = no group; the same of another group
-- :replicates int = 200; resamplings behind an interval; 0: no intervals
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 325
-- Columns: run, other_run, perturbation, reference_run, layer, detector, auroc, auroc_low, auroc_high, fpr_at_95_tpr, fpr_low, fpr_high, aupr_in, aupr_in_low, aupr_in_high, aupr_out, aupr_out_low, aupr_out_high, n_in, n_out

with inside as (
  select run_id, name, perturbation from run
  where name = coalesce(:run, (
    select name from run join default_runs using (run_id)
    where perturbation = 'none' and exists (select 1 from score where score.run_id = run.run_id)
    order by exists (select 1 from prediction where prediction.run_id = run.run_id and correct is not null) desc,
      place limit 1))),
chosen as (
  select inside.run_id, inside.name as run, inside.perturbation, reference.run_id as reference_id, reference.name as reference_run
  from inside join run as reference on reference.name = coalesce(:reference, reference.name)
    and exists (select 1 from score where run_id = inside.run_id and reference_run_id = reference.run_id)
  order by reference.run_id desc limit 1),
other as (
  select run.run_id, run.name, run.perturbation from chosen join run on run.run_id <> chosen.run_id
  where exists (select 1 from score where run_id = run.run_id and reference_run_id = chosen.reference_id)
    and iif(run.perturbation like 'odin:%', run.perturbation, '')
      = iif(chosen.perturbation like 'odin:%', chosen.perturbation, '')),
scored as (
  select other.name as other_run, other.run_id as other_id, other.perturbation, layer_id, detector_id, score.score, 1 as is_in
  from chosen cross join other
  join score on score.run_id = chosen.run_id and score.reference_run_id = chosen.reference_id
  union all
  select other.name, other.run_id, other.perturbation, layer_id, detector_id, score.score, 0
  from chosen cross join other
  join score on score.run_id = other.run_id and score.reference_run_id = chosen.reference_id),
member as (
  select 1 as place, 'near' as name, run_id from other where instr(',' || :near || ',', ',' || name || ',') > 0
  union all
  select 2, 'far', run_id from other where instr(',' || :far || ',', ',' || name || ',') > 0),
pooled as (
  select place, name, layer_id, detector_id, score.score, 1 as is_in, 0 as other_id
  from (select distinct place, name from member) cross join chosen
  join score on score.run_id = chosen.run_id and score.reference_run_id = chosen.reference_id
  union all
  select place, name, layer_id, detector_id, score.score, 0, member.run_id
  from member cross join chosen
  join score on score.run_id = member.run_id and score.reference_run_id = chosen.reference_id),
rated as (
  select 0 as place, other_run, other_id, perturbation, layer_id, detector_id,
    engram_separation(score, is_in, coalesce(:replicates, 200), 0) as measures,
    count(score) filter (where is_in = 1) as n_in, count(score) filter (where is_in = 0) as n_out
  from scored join detector using (detector_id)
  where :detector is null or detector.name = :detector
  group by other_id, layer_id, detector_id
  union all
  select place, pooled.name, null, null, layer_id, detector_id,
    engram_separation(score, is_in, coalesce(:replicates, 200), 0, other_id),
    count(score) filter (where is_in = 1), count(score) filter (where is_in = 0)
  from pooled join detector using (detector_id)
  where :detector is null or detector.name = :detector
  group by place, layer_id, detector_id),
answer as (
  select place, other_run, other_id, perturbation, layer_id, detector_id,
    json_extract(measures, '$.auroc') as auroc, json_extract(measures, '$.auroc_low') as auroc_low,
    json_extract(measures, '$.auroc_high') as auroc_high,
    json_extract(measures, '$.fpr_at_95_tpr') as fpr_at_95_tpr, json_extract(measures, '$.fpr_at_95_tpr_low') as fpr_low,
    json_extract(measures, '$.fpr_at_95_tpr_high') as fpr_high,
    json_extract(measures, '$.aupr_in') as aupr_in, json_extract(measures, '$.aupr_in_low') as aupr_in_low,
    json_extract(measures, '$.aupr_in_high') as aupr_in_high,
    json_extract(measures, '$.aupr_out') as aupr_out, json_extract(measures, '$.aupr_out_low') as aupr_out_low,
    json_extract(measures, '$.aupr_out_high') as aupr_out_high, n_in, n_out
  from rated where measures is not null)
select chosen.run, other_run, answer.perturbation, chosen.reference_run, layer.name as layer, detector.name as detector,
  auroc, auroc_low, auroc_high, fpr_at_95_tpr, fpr_low, fpr_high, aupr_in, aupr_in_low, aupr_in_high,
  aupr_out, aupr_out_low, aupr_out_high, answer.n_in, answer.n_out
from answer cross join chosen
join layer using (layer_id)
join detector using (detector_id)
order by answer.place, answer.other_id, auroc desc, layer.position, detector.name;

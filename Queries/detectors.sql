-- Question: Which detector tells the samples of one run from those of another best, foreign or attacked ones, say?
-- Notes: auroc is the share of pairs whose in-distribution sample has the larger score (0.5: no better than chance);
--   fpr_at_95_tpr the share of the other run taken for in-distribution where 95 % of the run are; aupr the average
--   precision of the run. Both runs are scored beforehand: engram-ingest measure --run NAME --detect REFERENCE.
--   max-softmax, which needs no profiles, is the baseline, and it or another may beat the likelihoods: it depends on the
--   runs. Foreign samples and those without a label are scored like all others: no detector looks at the label.
-- Keywords: ood, out-of-distribution, anomaly, novelty, auroc
-- :run text of run.name = the first scored one of default_runs that is neither perturbed nor foreign; the in-distribution run
-- :other_run text of run.name = the newest scored run but that one, both with ODIN's step or neither; the run to tell from it
-- :reference text of run.name = the newest that both were scored by; the run that taught the detectors
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 320
-- Columns: run, other_run, reference_run, layer, detector, auroc, fpr_at_95_tpr, aupr, n_in, n_out

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
  select pair.run, other_run, reference.name as reference_run
  from pair
  join run as a on a.name = pair.run
  join run as b on b.name = other_run
  join run as reference on reference.name = coalesce(:reference, reference.name)
    and exists (select 1 from score where run_id = a.run_id and reference_run_id = reference.run_id)
    and exists (select 1 from score where run_id = b.run_id and reference_run_id = reference.run_id)
  order by reference.run_id desc limit 1),
scored as (
  select chosen.run, other_run, reference_run, layer_position, layer, detector, score, 1 as is_in
  from chosen join detector_scores using (run, reference_run)
  union all
  select chosen.run, other_run, chosen.reference_run, layer_position, layer, detector, score, 0
  from chosen join detector_scores as other
    on other.run = chosen.other_run and other.reference_run = chosen.reference_run)
select run, other_run, reference_run, layer, detector, engram_auroc(score, is_in) as auroc,
  engram_fpr_at_tpr(score, is_in, 0.95) as fpr_at_95_tpr, engram_aupr(score, is_in) as aupr,
  sum(is_in) as n_in, sum(1 - is_in) as n_out
from scored
group by run, other_run, reference_run, layer_position, layer, detector
having n_in > 0 and n_out > 0
order by auroc desc, layer_position, detector;

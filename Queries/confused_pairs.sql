-- Question: Which classes are mistaken for which, most often first?
-- Notes: share_of_class is the share of the true class's samples. Samples whose class is no output of the network cannot
--   be mistaken; confusion_matrix has what they are taken for.
-- Keywords: confusion, errors, mistaken, mixed up
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :limit int = 10; pairs shown
-- Place: 60
-- Columns: run, class, predicted, n_mistaken, share_of_class, mean_confidence

with cell as (
  select run, class_position, class, output_position, predicted, correct, count(*) as n,
    avg(confidence) as mean_confidence
  from predictions
  where run = coalesce(:run, (select run from default_run))
  group by class_position, predicted_class_id),
shared as (
  select *, n * 1.0 / sum(n) over (partition by class_position) as share_of_class from cell)
select run, class, predicted, n as n_mistaken, share_of_class, mean_confidence
from shared
where correct = 0
order by n desc, class_position, output_position
limit coalesce(:limit, 10);

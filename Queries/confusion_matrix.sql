-- Question: What does a run predict for the samples of each class?
-- Notes: every cell of the matrix, the empty ones too; share of the true class's samples.
-- :run text of run.name = the newest complete run; the run's name
-- Place: 50
-- Columns: run, class, predicted, n_samples, share

with chosen as (
  select run_id, name, dataset_id from run where name = coalesce(:run, (select run from newest_run))),
cell as (
  select sample.class_id as true_id, prediction.class_id as predicted_id, count(*) as n
  from prediction join sample using (sample_id)
  where prediction.run_id = (select run_id from chosen)
  group by 1, 2)
select chosen.name as run, truth.name as class, guess.name as predicted, ifnull(cell.n, 0) as n_samples,
  ifnull(cell.n, 0) * 1.0 / nullif(sum(cell.n) over (partition by truth.class_id), 0) as share
from chosen
join class as truth using (dataset_id)
join class as guess using (dataset_id)
left join cell on cell.true_id = truth.class_id and cell.predicted_id = guess.class_id
order by truth.position, guess.position;

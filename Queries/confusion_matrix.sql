-- Question: What does a run predict for the samples of each class?
-- Notes: every cell of the matrix, the empty ones too, a row for each class of the data set and each output of the
--   network: first those that are classes of the data set, by its order. share of the true class's samples; class is null
--   for samples without a label.
-- Keywords: confused, errors, mistakes, taken for
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- Place: 50
-- Columns: run, class, predicted, n_samples, share

with chosen as (
  select run_id, name, model_id, dataset_id from run where name = coalesce(:run, (select run from default_run))),
cell as (
  select sample.class_id as true_id, prediction.class_id as predicted_id, count(*) as n
  from prediction join sample using (sample_id)
  where prediction.run_id = (select run_id from chosen)
  group by 1, 2),
truth as (
  select class_id, position, name from class where dataset_id = (select dataset_id from chosen)
  union all
  select null, null, null where exists (select 1 from cell where true_id is null)),
guess as (
  select coalesce(own.class_id, output.class_id) as class_id, coalesce(own.name, output.name) as name,
    own.position as class_position, output.position
  from class as output
  left join class_output as named on named.output_id = output.class_id and exists (
    select 1 from class where class.class_id = named.class_id and class.dataset_id = (select dataset_id from chosen))
  left join class as own on own.class_id = named.class_id
  where output.model_id = (select model_id from chosen))
select chosen.name as run, truth.name as class, guess.name as predicted, ifnull(cell.n, 0) as n_samples,
  ifnull(cell.n, 0) * 1.0 / nullif(sum(cell.n) over (partition by truth.class_id), 0) as share
from chosen
cross join truth
cross join guess
left join cell on cell.true_id is truth.class_id and cell.predicted_id = guess.class_id
order by truth.class_id is null, truth.position, guess.class_position is null, guess.class_position, guess.position;

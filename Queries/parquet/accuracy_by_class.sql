-- Question: How accurate is a run on each class?
-- Notes: a class that is no output of the network has no n_correct, accuracy and loss; class is null for samples
--   without a label.
-- Columns: run, class, n_samples, n_correct, accuracy, mean_confidence, mean_loss

with labelled as (
  select run.run, sample.key as sample, sample.class_position, sample.class_name
  from (select distinct run, dataset from run) as run
  join (select distinct dataset, key, class_position, class_name from sample) as sample on sample.dataset = run.dataset)
select run, labelled.class_name as class, count(*) as n_samples, cast(sum(correct) as bigint) as n_correct,
  avg(cast(correct as double)) as accuracy, avg(confidence) as mean_confidence, avg(loss) as mean_loss
from prediction join labelled using (run, sample)
group by run, labelled.class_position, labelled.class_name
order by run, labelled.class_position;

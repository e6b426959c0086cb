-- Question: How accurate is a run on each class?
-- Notes: a class that is no output of the network has no n_correct, accuracy and loss; class is null for samples
--   without a label.
-- Keywords: precision, recall, error rate, performance, correct
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- Place: 40
-- Columns: run, class, n_samples, n_correct, accuracy, mean_confidence, mean_loss

select run, class, count(*) as n_samples, sum(correct) as n_correct, avg(correct) as accuracy,
  avg(confidence) as mean_confidence, avg(loss) as mean_loss
from predictions
where run = coalesce(:run, (select run from default_run))
group by class_position
order by class_position;

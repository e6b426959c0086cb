-- Question: How accurate was each run?
-- Notes: accuracy and mean_loss are over the samples that have a right answer: a label that is an output of the network.
-- Columns: run, n_samples, n_correct, accuracy, mean_confidence, mean_loss

select run, count(*) as n_samples, cast(sum(correct) as bigint) as n_correct,
  avg(cast(correct as double)) as accuracy, avg(confidence) as mean_confidence, avg(loss) as mean_loss
from prediction
group by run
order by run;

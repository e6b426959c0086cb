-- Question: How much does each sample look like those the network was trained on, by its logits?
-- Notes: detectors of Schema/Detectors.md that read logits alone and learn nothing, with their usual parameters; larger
--   looks more in-distribution. A sample of which a logit is not finite has no score.
-- Columns: run, layer, detector, sample, class, correct, score

select run, layer, detector, sample, class_name as class, correct,
  case detector when 'max-softmax' then exp(-rest) when 'max-logit' then largest when 'energy' then largest + rest
    when 'entropy' then negative_entropy else generalised_entropy end as score
from softmax
cross join (
  select 'max-softmax' as detector union all select 'max-logit' union all select 'energy' union all select 'entropy'
  union all select 'gen') as detectors
order by run, detector, sample;

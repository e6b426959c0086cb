-- How files of versions 7 to 11, which are read as they are, answer as those of version 12: temporary tables of scores made of
-- the wide table that they had, by the same rows as the migration's.

create temp table detector as
select place as detector_id, name from (
  select 1 as place, 'likelihood' as name union all select 2, 'likelihood-ratio' union all select 3, 'pattern-distance'
  union all select 4, 'max-softmax' union all select 5, 'energy' union all select 6, 'mahalanobis')
where exists (select 1 from main.detector);

create temp view score as
select wide.detector_id * 8 + detector.detector_id as score_id, wide.run_id, wide.reference_run_id, wide.layer_id,
  detector.detector_id, wide.sample_id,
  case detector.name
    when 'likelihood' then wide.likelihood
    when 'likelihood-ratio' then wide.likelihood_ratio
    when 'pattern-distance' then -wide.hamming
    when 'max-softmax' then prediction.confidence
    when 'energy' then wide.energy
    else -wide.mahalanobis
  end as score
from main.detector as wide
join main.layer using (layer_id)
cross join temp.detector as detector
left join main.prediction on prediction.run_id = wide.run_id and prediction.sample_id = wide.sample_id
where detector.name in ('likelihood', 'likelihood-ratio', 'pattern-distance')
  or layer.position = (select max(position) from main.layer as other where other.model_id = layer.model_id);

-- Version 12: scores of any detector, a row each. README.md documents every column.

alter table detector rename to wide_detector;
drop index detector_reference_run;

-- A detector with its parameters, as scores have it.
create table detector (
  detector_id integer primary key,
  name text not null unique check (name <> '')
) strict;

create table score (
  score_id integer primary key,
  run_id integer not null references run (run_id) on delete cascade,
  reference_run_id integer not null references run (run_id) on delete cascade,
  layer_id integer not null references layer (layer_id),
  detector_id integer not null references detector (detector_id),
  sample_id integer not null references sample (sample_id),
  score real check (score between -1.7976931348623157e308 and 1.7976931348623157e308),
  unique (run_id, reference_run_id, layer_id, detector_id, sample_id)
) strict;
create index score_reference_run on score (reference_run_id);

insert into detector (name)
select name from (
  select 1 as place, 'likelihood' as name union all select 2, 'likelihood-ratio' union all select 3, 'pattern-distance'
  union all select 4, 'max-softmax' union all select 5, 'energy' union all select 6, 'mahalanobis')
where exists (select 1 from wide_detector)
order by place;

-- max-softmax was the prediction's confidence, of the network's last layer.
insert into score (run_id, reference_run_id, layer_id, detector_id, sample_id, score)
select wide.run_id, wide.reference_run_id, wide.layer_id, detector.detector_id, wide.sample_id,
  case detector.name
    when 'likelihood' then wide.likelihood
    when 'likelihood-ratio' then wide.likelihood_ratio
    when 'pattern-distance' then -wide.hamming
    when 'max-softmax' then prediction.confidence
    when 'energy' then wide.energy
    else -wide.mahalanobis
  end
from wide_detector as wide
join layer using (layer_id)
cross join detector
left join prediction on prediction.run_id = wide.run_id and prediction.sample_id = wide.sample_id
where detector.name in ('likelihood', 'likelihood-ratio', 'pattern-distance')
  or layer.position = (select max(position) from layer as other where other.model_id = layer.model_id)
order by wide.detector_id, detector.detector_id;

drop table wide_detector;

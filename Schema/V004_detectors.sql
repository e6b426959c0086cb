-- Version 4: how much every sample looks like those of another run, by several detectors. README.md documents every
-- column.

create table detector (
  detector_id integer primary key,
  run_id integer not null references run on delete cascade,
  reference_run_id integer not null references run on delete cascade,
  layer_id integer not null references layer,
  sample_id integer not null references sample,
  alpha real not null,
  likelihood real,
  likelihood_ratio real,
  hamming real,
  energy real,
  mahalanobis real,
  mahalanobis_cutoff real,
  unique (run_id, reference_run_id, layer_id, sample_id)
) strict;
create index detector_reference_run on detector (reference_run_id);

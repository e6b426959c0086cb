-- Version 15: pictures of the samples, and maps of them. README.md documents every column.

-- What a sample looks like, whichever runs are over it.
create table thumbnail (
  thumbnail_id integer primary key,
  sample_id integer not null unique references sample (sample_id) on delete cascade,
  mime_type text not null check (mime_type in ('image/jpeg', 'image/png')),
  width integer not null check (width between 1 and 4096),
  height integer not null check (height between 1 and 4096),
  image blob not null,
  checksum integer not null
) strict;

-- What an attacked or shifted run made of it.
create table run_thumbnail (
  run_thumbnail_id integer primary key,
  run_id integer not null references run (run_id) on delete cascade,
  sample_id integer not null references sample (sample_id),
  mime_type text not null check (mime_type in ('image/jpeg', 'image/png')),
  width integer not null check (width between 1 and 4096),
  height integer not null check (height between 1 and 4096),
  image blob not null,
  checksum integer not null,
  unique (run_id, sample_id)
) strict;

-- How a run's samples were laid out in a plane: by what a layer makes of them, or, where layer_id is null, by their pixels.
create table embedding_method (
  embedding_method_id integer primary key,
  run_id integer not null references run (run_id) on delete cascade,
  layer_id integer references layer (layer_id),
  method text not null check (method in ('pca', 'tsne')),
  -- The layer's input, or its pre-activation.
  vector text check (vector in ('x', 'z') and (vector is null) = (layer_id is null)),
  n_samples integer not null check (n_samples >= 1),
  x_share real check (x_share between 0 and 1.000001),
  y_share real check (y_share between 0 and 1.000001),
  perplexity real check (perplexity between 1 and 1000000),
  iterations integer check (iterations between 0 and 1000000),
  seed integer,
  divergence real check (divergence between -0.000001 and 1.7976931348623157e308),
  check (method <> 'pca' or x_share is not null and y_share is not null),
  check (method <> 'tsne' or perplexity is not null and iterations is not null and seed is not null)
) strict;
create unique index embedding_method_key on embedding_method (run_id, ifnull(layer_id, 0), method);

-- Where a sample stands in it.
create table embedding (
  embedding_id integer primary key,
  run_id integer not null references run (run_id) on delete cascade,
  layer_id integer references layer (layer_id),
  method text not null check (method in ('pca', 'tsne')),
  sample_id integer not null references sample (sample_id),
  x real not null check (x between -1.7976931348623157e308 and 1.7976931348623157e308),
  y real not null check (y between -1.7976931348623157e308 and 1.7976931348623157e308)
) strict;
create unique index embedding_key on embedding (run_id, ifnull(layer_id, 0), method, sample_id);

-- How files of versions 7 to 14, which are read as they are, answer as those of version 15: temporary tables for what they
-- lack, for their samples had neither pictures nor places in a map.

create temp table thumbnail (thumbnail_id integer, sample_id integer, mime_type text, width integer, height integer,
  image blob, checksum integer);
create temp table run_thumbnail (run_thumbnail_id integer, run_id integer, sample_id integer, mime_type text, width integer,
  height integer, image blob, checksum integer);
create temp table embedding_method (embedding_method_id integer, run_id integer, layer_id integer, method text, vector text,
  n_samples integer, x_share real, y_share real, perplexity real, iterations integer, seed integer, divergence real,
  plane text);
create temp table embedding (embedding_id integer, run_id integer, layer_id integer, method text, sample_id integer, x real,
  y real);
